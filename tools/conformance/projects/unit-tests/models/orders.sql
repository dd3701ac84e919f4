select 1 as id, 10.5::numeric as amount, 'DE' as country, '2024-01-01'::date as day
