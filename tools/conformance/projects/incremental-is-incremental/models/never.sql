{{ config(materialized='incremental', full_refresh=false) }}
select {% if is_incremental() %}(select max(id) + 1 from {{ this }}){% else %}1{% endif %} as id
