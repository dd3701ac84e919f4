{% macro pick(x) %}{{ return(adapter.dispatch('pick', macro_namespace='pkg')(x)) }}{% endmacro %}
{% macro default__pick(x) %}pkg {{ x }}{% endmacro %}
{% macro kept() %}{{ adapter.dispatch('kept', 'pkg')() }}{% endmacro %}
{% macro default__kept() %}kept default{% endmacro %}
{% macro postgres__kept() %}kept postgres{% endmacro %}
