{{ config(materialized='incremental', unique_key='id') }}
select id, {{ answer() }} as a, {{ with_args(3) }} as w, '{{ var('v', 'dflt') }}' as v, '{{ env_var('EV', 'e') }}' as e, {{ dbt.current_timestamp() }}::date as d from {{ ref('base') }}{% if is_incremental() %} where id > (select max(id) from {{ this }}){% endif %}
