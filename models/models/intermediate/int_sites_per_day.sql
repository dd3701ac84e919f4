{{
  config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='queried_date',
    unlogged=true,
    on_schema_change='fail',
    indexes=[{'columns': ['queried_date', 'day_version']}],
  )
}}

with day_versions as (
  {{ day_versions('raw.thermostat_hierarchy') }}
),

{% if is_incremental() -%}

changed_days as materialized (
  {{ changed_days('queried_date') }}
),

nodes as materialized (
  select nodes_of_day.*
  from changed_days
  cross join lateral (
    select customer_id, queried_at, queried_date, kind, floor_area_square_metres
    from {{ ref('stg_thermostat_hierarchy') }}
    where
      queried_at >= {{ utc_midnight('changed_days.day') }}
      and queried_at < {{ utc_midnight('changed_days.day + 1') }}
    offset 0
  ) as nodes_of_day
),

{%- else -%}

nodes as materialized (
  select customer_id, queried_at, queried_date, kind, floor_area_square_metres
  from {{ ref('stg_thermostat_hierarchy') }}
),

{%- endif %}

snapshots as (
  select
    queried_date,
    customer_id,
    queried_at,
    count(*) filter (where kind = 'building') as buildings,
    count(*) filter (where kind = 'floor') as floors,
    count(*) filter (where kind = 'room') as rooms,
    count(*) filter (where kind = 'thermostat') as thermostats,
    sum(floor_area_square_metres::numeric) filter (where kind = 'room') as floor_area
  from nodes
  group by queried_date, customer_id, queried_at
)

-- The day's last snapshot of each customer.
select distinct on (snapshots.queried_date, snapshots.customer_id)
  snapshots.queried_date,
  snapshots.customer_id,
  snapshots.buildings,
  snapshots.floors,
  snapshots.rooms,
  snapshots.thermostats,
  snapshots.floor_area::double precision as floor_area_square_metres,
  coalesce(day_versions.day_version, 0) as day_version
from snapshots
left join day_versions on snapshots.queried_date = day_versions.day
order by snapshots.queried_date, snapshots.customer_id, snapshots.queried_at desc
