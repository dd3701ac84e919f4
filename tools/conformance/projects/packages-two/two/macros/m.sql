{% macro default__hello() %}two default{% endmacro %}
{% macro shared() %}shared of two{% endmacro %}
