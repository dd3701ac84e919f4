{{ config(materialized='table') }}
select {{ dbt.current_timestamp() }} is not null as a, $q${{ dbt.current_timestamp() }}$q$ as b
