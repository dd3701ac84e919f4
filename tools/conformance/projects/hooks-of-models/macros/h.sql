{% macro note(what) %}insert into {{ target.schema }}.notes values ('{{ what }}'){% endmacro %}
{% macro counted(rel) %}{% set n = run_query('select count(*) from ' ~ rel).columns[0].values()[0] if execute else 0 %}insert into {{ target.schema }}.notes values ('{{ rel.identifier }} has {{ n }}'){% endmacro %}
