select 1 as s
