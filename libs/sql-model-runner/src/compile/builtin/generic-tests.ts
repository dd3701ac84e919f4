/** The generic tests that dbt brings, and what their configuration does. */
export const GENERIC_TESTS = String.raw`
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
