{% snapshot sn %}{{ config(unique_key='id', strategy='check', check_cols=['v']) }}select * from {{ source('raw','t') }}{% endsnapshot %}
