{% snapshot sn %}{{ config(unique_key='id', strategy='check', check_cols='all') }}select 1 as id, {{ var('n', 1) }} as n{% endsnapshot %}
