select * from ({{ dbt.date_spine('month', "date '2023-11-01'", "date '2024-03-01'") }}) as q
