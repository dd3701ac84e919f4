/** How relations are named. */
export const NAMING = String.raw`
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
  {%- if custom_alias_name -%}
    {% do return(custom_alias_name | trim) %}
  {%- endif -%}
  {% do return(node.name ~ '_v' ~ (node.version | string | replace('.', '_')) if node.version is not none else node.name) %}
{%- endmacro %}

{% macro generate_database_name(custom_database_name=none, node=none) -%}
  {% do return(adapter.dispatch('generate_database_name', 'dbt')(custom_database_name, node)) %}
{%- endmacro %}

{% macro default__generate_database_name(custom_database_name=none, node=none) -%}
  {% do return(target.database if custom_database_name is none else custom_database_name) %}
{%- endmacro %}
`;
