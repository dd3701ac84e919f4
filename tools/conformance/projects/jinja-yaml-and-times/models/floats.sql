{% if execute %}{% set r = run_query("select 1.0::float8 as a, 2.5::float8 as b, 3::int as c, 0.1::float4 as d, 1e3::float8 as e, null::float8 as f, -0.25::float8 as g") %}
select '{{ r.rows[0][0] }}' as a, '{{ r.rows[0][1] }}' as b, '{{ r.rows[0][2] }}' as c, '{{ r.rows[0][3] }}' as d, '{{ r.rows[0][4] }}' as e, '{{ r.rows[0][5] }}' as f, '{{ r.rows[0][6] }}' as g, '{{ r.rows[0][1] * 2 }}' as h, '{{ r.rows[0][0] + 1 }}' as i, $q${{ r.columns[1].values() }}$q$ as j, '{{ r.rows[0][1] | int }}' as k, '{{ r.rows[0][1] > 2 }}' as l
{% endif %}
