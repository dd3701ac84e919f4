{% snapshot check_all %}{{ config(unique_key='id', strategy='check', check_cols='all') }}select id, kind, v from {{ source('raw','items') }}{% endsnapshot %}
{% snapshot check_some %}{{ config(unique_key='id', strategy='check', check_cols=['v'], hard_deletes='invalidate') }}select * from {{ source('raw','items') }}{% endsnapshot %}
