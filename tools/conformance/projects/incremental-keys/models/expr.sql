{{ config(materialized='incremental', unique_key="date_trunc('day', at)") }}
select timestamp '2024-01-01 0{{ var('run', 1) }}:00' as at, {{ var('run', 1) }} as v
