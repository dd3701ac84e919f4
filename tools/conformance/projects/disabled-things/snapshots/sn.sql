{% snapshot sn %}{{ config(enabled=false, unique_key='x', strategy='check', check_cols='all') }}select 1 as x{% endsnapshot %}
