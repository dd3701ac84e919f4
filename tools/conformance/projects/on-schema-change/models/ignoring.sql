{{ config(materialized='incremental', unique_key='id', on_schema_change='ignore') }}
{% if is_incremental() %}select 2 as id, 'x'::varchar(40) as name, 7::bigint as n, null::text as dropped{% else %}select 1 as id, 'a'::varchar(10) as name, 'gone' as dropped, 3::int as n{% endif %}
