select 1 as id, 4 as next
