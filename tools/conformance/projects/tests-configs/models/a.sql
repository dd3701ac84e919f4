select x, x % 3 as m, 'v' || x as t from generate_series(1, 9) as x
