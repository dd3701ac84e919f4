select 1 as plain, 2 as "Mixed Case"
