{{ config(materialized='incremental', unique_key=['a', 'b']) }}
select x as a, 'k' as b, {{ var('run', 1) }} as v from generate_series({{ var('run', 1) }}, 3) as x
