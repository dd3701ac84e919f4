{%- set t = run_query("select 1 as i, 2.50::numeric as n, 'x' as s, null::int as e, true as b, date '2024-02-29' as d union all select 2, 3, 'y', 4, false, null order by 1") -%}
{%- if execute -%}
select
  $q${{ t.column_names }}$q$ as names, $q${{ t.columns[0].values() }}$q$ as first, $q${{ t.columns['s'].values() | list }}$q$ as by_name, $q${{ t.rows | length }}$q$ as n,
  $q${{ t.rows[0] | list }}$q$ as row0, $q${{ t.rows[0]['s'] }} {{ t.rows[1][0] }}$q$ as cells, $q${% for r in t %}{{ r.i if false else r[0] }}{{ r['s'] }};{% endfor %}$q$ as looped, $q${{ t.rows[0].values() | list }}$q$ as vals, $q${{ t.columns[1].values()[0] + 1 }}$q$ as num,
  $q${{ t.columns | map(attribute='name') | list }}$q$ as cn, $q${{ t.columns[5].values()[0] }}$q$ as dt, $q${{ t.rows[0].keys() | list }}$q$ as ks
{%- else -%}select 1{%- endif -%}
