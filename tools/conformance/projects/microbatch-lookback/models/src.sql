{{ config(materialized='table', event_time='at') }}
select timestamp '2024-01-01 06:00' + x * interval '1 day' as at, x + {{ var('plus', 0) }} as v from generate_series(0, 5) as x
