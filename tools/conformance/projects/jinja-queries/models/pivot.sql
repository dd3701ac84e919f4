{{ config(materialized='table') }}
{%- set codes = [] -%}
{%- if execute -%}
{%- set t = run_query('select code, n, price, day, at, yes from ' ~ ref('codes') ~ ' order by 1') -%}
{%- set codes = t.columns[0].values() -%}
{%- endif -%}
select {% for c in codes %}max(case when code = '{{ c }}' then n end) as {{ c }}_n, {% endfor %}
'{{ t.rows[0]['price'] if t }}' as price, '{{ t.rows[0].day if t }}' as day, '{{ t.rows[0][4] if t }}' as at, '{{ t.rows[0][5] if t }}' as yes, '{{ t.rows | length if t }}' as len, '{{ t.column_names | join(',') if t }}' as names, '{{ t.rows[1]['price'] if t }}' as p2, '{{ (t.columns['n'].values() | sum) if t }}' as total, '{{ t.rows[0]['price'] * 2 if t }}' as twice
from {{ ref('codes') }}
