{{ config(materialized='table') }}
select 1 as i, 1::bigint as b, 1.5 as n, 'x' as t, 'y'::varchar(3) as v, null as nothing, now()::date is not null as d, '{"a": 1}'::jsonb as j, array['a'] as arr, interval '1 day' as iv, '\x00'::bytea as by
