{% snapshot sn %}{{ config(unique_key='x', strategy='check', check_cols='all') }}select * from {{ ref('a') }}{% endsnapshot %}
