-- A node's parent is in the same snapshot. Listings may change while they are paged through, so this only warns.
{{ config(severity='warn') }}

select
  nodes.customer_id,
  nodes.node_id,
  nodes.queried_at
from {{ ref('stg_thermostat_hierarchy') }} as nodes
left join {{ ref('stg_thermostat_hierarchy') }} as parents
  on
    nodes.customer_id = parents.customer_id
    and nodes.parent_id = parents.node_id
    and nodes.queried_at = parents.queried_at
    and parents.queried_at >= {{ first_recently_loaded_day('raw.thermostat_hierarchy') }}
where
  nodes.queried_at >= {{ first_recently_loaded_day('raw.thermostat_hierarchy') }}
  and nodes.parent_id is not null
  and parents.node_id is null
