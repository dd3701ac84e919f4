{% macro m() %}7{% endmacro %}
