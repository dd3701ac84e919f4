select * from ({{ dbt.date_spine('hour', "timestamp '2024-01-01'", "timestamp '2024-01-01 05:00'") }}) as q
