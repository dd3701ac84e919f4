{%- call statement('q', fetch_result=True) -%}select 'a' as k, 1 as v union all select 'b', 2 order by 1{%- endcall -%}
{%- set r = load_result('q') -%}
select $q${{ r['data'][0][0] if execute }}$q$ as data, $q${{ r.table.column_names if execute }}$q$ as names, $q${{ dbt_utils_like() if execute }}$q$ as m, $q${{ load_result('nope') is none }}$q$ as missing, $q${{ (r['response'] is defined) if execute }}$q$ as resp
