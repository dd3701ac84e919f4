{% snapshot sn %}{{ config(unique_key='x', strategy='check', check_cols='all') }}select * from {{ ref('e2') }}{% endsnapshot %}
