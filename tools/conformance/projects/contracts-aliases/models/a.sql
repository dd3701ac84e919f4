{{ config(materialized='table') }}
select 1::int8 as a, 'x'::varchar as b, 1.0::float8 as c, true as d, now()::timestamptz(0) as e, array[1, 2] as f, '{}'::jsonb as g
