{% macro who() %}'lib'{% endmacro %}
{% macro tells() %}{{ who() }}{% endmacro %}
{% macro type_string() %}varchar(7){% endmacro %}
{% macro typed() %}{{ type_string() }}{% endmacro %}
{% macro default__kind() %}'default of lib'{% endmacro %}
{% macro bare() %}{{ adapter.dispatch('kind')() }}{% endmacro %}
{% macro named() %}{{ adapter.dispatch('kind', 'lib')() }}{% endmacro %}
