{% test at_least(model, column_name, least=1, label=none) %}
{{ config(severity='warn') }}
select * from {{ model }} where {{ column_name }} < {{ least }}
{% endtest %}

{% test row_count(model, rows, columns=[]) %}
select 1 as n{% for c in columns %}, '{{ c }}' as c{{ loop.index }}{% endfor %} from (select count(*) as n from {{ model }}) as q where n <> {{ rows }}
{% endtest %}
