{% macro note(what) %}insert into {{ target.schema }}.log (what) values ('{{ what }}'){% endmacro %}
