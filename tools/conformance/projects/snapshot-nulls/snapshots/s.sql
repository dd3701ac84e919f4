{% snapshot s %}{{ config(unique_key='id', strategy='check', check_cols=['v']) }}select * from {{ ref('src') }}{% endsnapshot %}
