select x as pid, x > 1 as flag, x * 1.5 as num from generate_series(1, 5) as x union all select null, null, null
