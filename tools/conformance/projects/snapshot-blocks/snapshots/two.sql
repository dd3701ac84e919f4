{% snapshot s1 %}{{ config(unique_key='id', strategy='check', check_cols=['v'], target_schema='snaps', tags=['one']) }}select id, v from {{ ref('src') }}{% endsnapshot %}

{% snapshot s2 %}{{ config(unique_key='id', strategy='check', check_cols='all', schema='more', alias='s_two', enabled=var('two', true)) }}select id, v from {{ ref('src') }}{% endsnapshot %}
