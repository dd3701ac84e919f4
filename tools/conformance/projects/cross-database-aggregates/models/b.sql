select {{ dbt.array_construct(['1', '2']) }} as a, {{ dbt.array_append(dbt.array_construct(['1']), '3') }} as b, {{ dbt.array_concat(dbt.array_construct(['1']), dbt.array_construct(['2'])) }} as c
