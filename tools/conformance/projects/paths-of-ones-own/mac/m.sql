{% macro mine() %}m{% endmacro %}
