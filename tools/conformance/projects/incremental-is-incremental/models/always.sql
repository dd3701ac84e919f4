{{ config(materialized='incremental', full_refresh=true) }}
select $q${{ is_incremental() }}$q$ as f
