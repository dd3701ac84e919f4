{% macro generate_schema_name(custom_schema_name, node) %}{{ 'x_' ~ (custom_schema_name or 'base') if target.name == 'dev' else generate_schema_name_for_env(custom_schema_name, node) }}{% endmacro %}
{% macro generate_alias_name(custom_alias_name=none, node=none) %}{{ node.resource_type[0] }}_{{ custom_alias_name or node.name }}{% endmacro %}
{% macro generate_database_name(custom_database_name=none, node=none) %}{{ target.dbname }}{% endmacro %}
