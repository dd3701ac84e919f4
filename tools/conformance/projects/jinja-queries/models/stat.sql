{%- call statement('q', fetch_result=True) -%}select max(n) as m, count(*) as c from {{ ref('codes') }}{%- endcall -%}
{%- set r = load_result('q') -%}
select '{{ r['data'][0][0] if r and r['data'] else '' }}' as m, '{{ r.table.columns['c'].values()[0] if execute }}' as c
