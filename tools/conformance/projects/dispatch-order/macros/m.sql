{% macro postgres__pick(x) %}root postgres of {{ pkg.default__pick(x) }}{% endmacro %}
{% macro default__pick(x) %}root default{% endmacro %}
{% macro postgres__current_timestamp() %}timestamp '2024-01-01'{% endmacro %}
{% macro own() %}{{ adapter.dispatch('own')() }}{% endmacro %}
{% macro default__own() %}own{% endmacro %}
