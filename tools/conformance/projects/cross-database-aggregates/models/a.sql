with t as (select * from (values ('a', 1, true), ('a', 2, false), ('b', 3, true)) as v (k, n, b))
select k, {{ dbt.any_value('n') }} is not null as anyv, {{ dbt.bool_or('b') }} as bo, {{ dbt.listagg('n', "', '", 'order by n desc') }} as la, {{ dbt.listagg('n', "'|'", 'order by n', 1) }} as l1 from t group by k
