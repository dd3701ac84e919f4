{% macro note() %}
create table if not exists public.notes (comment text);
insert into public.notes select {{ leading() }};
{% endmacro %}

{% macro leading() %}regexp_replace(substring(current_query() from '^/\* (.*?) \*/'), 'dbt_version": "[^"]*"', ''){% endmacro %}

{% macro jot() %}{% do run_query("create table if not exists public.notes (comment text)") %}
{% do run_query("insert into public.notes select " ~ leading()) %}{% do run_query("commit") %}{% endmacro %}

{% macro who(node) %}{{ node.name if node else 'nobody' }} by {{ target.name }}{% endmacro %}
