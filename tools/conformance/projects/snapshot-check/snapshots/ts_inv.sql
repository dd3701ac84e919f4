{% snapshot ts_invalidate %}{{ config(unique_key='id', strategy='timestamp', updated_at='changed', invalidate_hard_deletes=true) }}select * from {{ source('raw','items') }}{% endsnapshot %}
