{{ config(materialized=var('m', 'incremental')) }}
select {% if is_incremental() %}(select max(id) + 1 from {{ this }}){% else %}1{% endif %} as id, $q${{ is_incremental() }} {{ should_full_refresh() }}$q$ as f
