{% macro answer() %}42{% endmacro %}
{% macro with_args(a) %}{{ a }}{% endmacro %}
