{{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns') }}
select {{ var('run', 1) }} as id, 'x'::varchar(10) as v{% if var('run', 1) > 1 %}, 1.5::numeric as n{% endif %}
