select {{ dbt.current_timestamp() }} as n
