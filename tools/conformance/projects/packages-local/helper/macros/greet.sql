{% macro greet(who) %}{{ return(adapter.dispatch('greet', 'helper')(who)) }}{% endmacro %}
{% macro default__greet(who) %}hello {{ who }}{{ inner() }}{% endmacro %}
{% macro inner() %}!{% endmacro %}
{% test at_least(model, column_name, minimum) %}select * from {{ model }} where {{ column_name }} < {{ minimum }}{% endtest %}
