{% macro postgres__greet(who) %}bye {{ who }}{{ helper.inner() }}{% endmacro %}
