{% macro shared() %}shared of root{% endmacro %}
