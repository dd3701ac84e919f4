{#- The schemas are staging, marts and seeds, as the migrations made them: no prefix of the target's schema. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
