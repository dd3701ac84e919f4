{{ config(materialized='incremental', unique_key='id') }}
select null::int as id, {{ var('run', 1) }} as v union all select 1, {{ var('run', 1) }}
