select 1 as id, 'a'::text as name, now()::date > '2000-01-01' as flag union all select 2, 'b', true
