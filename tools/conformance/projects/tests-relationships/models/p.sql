select x as id, x as "Odd Name" from generate_series(1, 3) as x
