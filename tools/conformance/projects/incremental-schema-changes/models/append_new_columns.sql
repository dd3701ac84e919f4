{{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns') }}
select {{ var('run', 1) }} as id, 'a'::text as kept{% if var('run', 1) == 1 %}, 1 as gone{% else %}, 'n'::text as added, 2.5::numeric as more{% endif %}
