/**
 * The macros that every project has, and may override, under the names that dbt gives them. They are templates like a project's
 * own, so that an override of any of them is found wherever it is used.
 */
export const BUILTIN_MACROS = `
{% macro generate_schema_name(custom_schema_name=none, node=none) -%}
  {% do return(adapter.dispatch('generate_schema_name', 'dbt')(custom_schema_name, node)) %}
{%- endmacro %}

{% macro default__generate_schema_name(custom_schema_name, node) -%}
  {%- if custom_schema_name is none -%}
    {% do return(target.schema) %}
  {%- endif -%}
  {% do return(target.schema ~ '_' ~ (custom_schema_name | trim)) %}
{%- endmacro %}

{% macro generate_schema_name_for_env(custom_schema_name, node) -%}
  {%- if target.name == 'prod' and custom_schema_name is not none -%}
    {% do return(custom_schema_name | trim) %}
  {%- endif -%}
  {% do return(target.schema) %}
{%- endmacro %}

{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
  {% do return(adapter.dispatch('generate_alias_name', 'dbt')(custom_alias_name, node)) %}
{%- endmacro %}

{% macro default__generate_alias_name(custom_alias_name=none, node=none) -%}
  {% do return((custom_alias_name | trim) if custom_alias_name else node.name) %}
{%- endmacro %}

{% macro generate_database_name(custom_database_name=none, node=none) -%}
  {% do return(adapter.dispatch('generate_database_name', 'dbt')(custom_database_name, node)) %}
{%- endmacro %}

{% macro default__generate_database_name(custom_database_name=none, node=none) -%}
  {% do return(target.database if custom_database_name is none else custom_database_name) %}
{%- endmacro %}

{% macro should_full_refresh() -%}
  {%- set configured = config.get('full_refresh') -%}
  {% do return(flags.FULL_REFRESH if configured is none else configured) %}
{%- endmacro %}

{% macro should_store_failures() -%}
  {%- set configured = config.get('store_failures') -%}
  {% do return(flags.STORE_FAILURES if configured is none else configured) %}
{%- endmacro %}

{% macro get_where_subquery(relation) -%}
  {% do return(adapter.dispatch('get_where_subquery', 'dbt')(relation)) %}
{%- endmacro %}

{% macro default__get_where_subquery(relation) -%}
  {%- set where = config.get('where', '') -%}
  {%- if not where -%}
    {% do return(relation) %}
  {%- endif -%}
  {% do return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') dbt_subquery') %}
{%- endmacro %}

{% test unique(model, column_name) %}
{{ adapter.dispatch('test_unique', 'dbt')(model, column_name) }}
{% endtest %}

{% macro default__test_unique(model, column_name) %}
select {{ column_name }} as unique_field, count(*) as n_records
from {{ model }}
where {{ column_name }} is not null
group by {{ column_name }}
having count(*) > 1
{% endmacro %}

{% test not_null(model, column_name) %}
{{ adapter.dispatch('test_not_null', 'dbt')(model, column_name) }}
{% endtest %}

{% macro default__test_not_null(model, column_name) %}
select {{ '*' if should_store_failures() else column_name }}
from {{ model }}
where {{ column_name }} is null
{% endmacro %}

{% test accepted_values(model, column_name, values, quote=True) %}
{{ adapter.dispatch('test_accepted_values', 'dbt')(model, column_name, values, quote) }}
{% endtest %}

{% macro default__test_accepted_values(model, column_name, values, quote=True) %}
{%- set literals = [] -%}
{%- for value in values -%}
  {%- do literals.append("'" ~ value ~ "'" if quote else value ~ '') -%}
{%- endfor %}
select value_field, n_records
from (
  select {{ column_name }} as value_field, count(*) as n_records
  from {{ model }}
  group by {{ column_name }}
) all_values
where value_field not in ({{ literals | join(', ') }})
{% endmacro %}

{% test relationships(model, column_name, to, field) %}
{{ adapter.dispatch('test_relationships', 'dbt')(model, column_name, to, field) }}
{% endtest %}

{% macro default__test_relationships(model, column_name, to, field) %}
select child.from_field
from (
  select {{ column_name }} as from_field
  from {{ model }}
  where {{ column_name }} is not null
) child
left join (
  select {{ field }} as to_field
  from {{ to }}
) parent on child.from_field = parent.to_field
where parent.to_field is null
{% endmacro %}
`;
