select * from ({{ dbt.generate_series(7) }}) as q
