{{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns') }}
{% if is_incremental() %}select 2 as id, 'x'::varchar(40) as name, 1.5::numeric as added, 7::int as n{% else %}select 1 as id, 'a'::varchar(10) as name, 'gone' as dropped, 3::int as n{% endif %}
