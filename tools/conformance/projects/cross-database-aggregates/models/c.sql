select 1 as x {{ dbt.except() }} select 2 {{ dbt.intersect() if false }}
