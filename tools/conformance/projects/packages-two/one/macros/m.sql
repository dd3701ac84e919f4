{% macro hello() %}{{ return(adapter.dispatch('hello', 'one')()) }}{% endmacro %}
{% macro default__hello() %}one default{% endmacro %}
{% macro postgres__hello() %}one postgres{% endmacro %}
{% macro shared() %}shared of one{% endmacro %}
{% macro calls() %}{{ one.shared() }}{% endmacro %}
