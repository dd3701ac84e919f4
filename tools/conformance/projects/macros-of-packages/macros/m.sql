{% macro who() %}'root'{% endmacro %}
{% macro default__kind() %}'default of root'{% endmacro %}
{% macro postgres__length(expression) %}-1{% endmacro %}
