{% macro dbt_utils_like() %}{% set q %}select unnest(array[3, 1, 2]) as x order by 1{% endset %}{% set res = run_query(q) %}{{ return(res.columns[0].values() | join('/')) }}{% endmacro %}
