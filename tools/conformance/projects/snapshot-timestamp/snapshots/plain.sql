{% snapshot plain %}{{ config(target_schema='snaps', unique_key='id', strategy='timestamp', updated_at='changed') }}select * from {{ source('raw','items') }}{% endsnapshot %}
