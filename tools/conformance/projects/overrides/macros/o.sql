{% macro get_incremental_keep_first_sql(arg_dict) %}insert into {{ arg_dict['target_relation'] }} ({{ get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) }}) select {{ get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) }} from {{ arg_dict['temp_relation'] }} s where not exists (select from {{ arg_dict['target_relation'] }} d where d.id = s.id){% endmacro %}
{% test not_null(model, column_name) %}select * from {{ model }} where {{ column_name }} is null or {{ column_name }}::text = '2'{% endtest %}
{% macro default__test_unique(model, column_name) %}select 1 where false{% endmacro %}
{% macro postgres__current_timestamp() %}'2020-01-01'::timestamptz{% endmacro %}
