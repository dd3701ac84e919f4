{% macro default__test_not_null(model, column_name) %}select * from {{ model }} where {{ column_name }} is null or {{ column_name }} < 0{% endmacro %}
{% macro get_where_subquery(relation) %}{% set where = config.get('where', '') %}{% if where %}(select * from {{ relation }} where ({{ where | replace('__seven__', '7') }})) w{% else %}{{ relation }}{% endif %}{% endmacro %}
{% macro ref(name) %}{% do return(builtins.ref(name)) %}{% endmacro %}
