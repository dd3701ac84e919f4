{% test positive(model, column_name, at_least=1) %}
{{ config(severity='warn') }}
select {{ column_name }} from {{ model }} where length({{ column_name }}) < {{ at_least }}
{% endtest %}
