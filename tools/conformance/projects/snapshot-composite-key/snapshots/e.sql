{% snapshot s_expr %}
{{ config(unique_key="a || '-' || b", strategy='check', check_cols=['v'], target_schema='snaps') }}
select * from {{ ref('src') }}
{% endsnapshot %}
