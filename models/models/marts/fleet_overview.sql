{{
  config(
    unlogged=true,
    indexes=[
      {'columns': ['queried_date', 'customer_id'], 'unique': true},
      {'columns': ['customer_id']},
    ],
  )
}}

with fleet as (
  select
    queried_date,
    customer_id,
    max(shard) as shard,
    sum(devices)::bigint as devices,
    sum(offline_devices)::bigint as offline_devices,
    sum(never_seen_devices)::bigint as never_seen_devices,
    sum(restarted_devices)::bigint as restarted_devices,
    sum(calibrations)::bigint as calibrations,
    sum(low_battery_devices)::bigint as low_battery_devices,
    sum(battery_due_devices)::bigint as battery_due_devices,
    coalesce(sum(devices) filter (where firmware_target <> embedded_version), 0)::bigint as firmware_pending_devices,
    count(distinct embedded_version) as firmware_versions,
    (sum(temperature_sum) / nullif(sum(temperature_count), 0))::double precision as temperature_mean_celsius,
    (sum(connectivity_sum) / nullif(sum(connectivity_count), 0))::double precision as connectivity_ratio_mean_24h
  from {{ ref('int_fleet_per_day') }}
  group by queried_date, customer_id
)

select
  fleet.queried_date,
  fleet.customer_id,
  fleet.shard,
  fleet.devices,
  fleet.devices - fleet.offline_devices - fleet.never_seen_devices as online_devices,
  fleet.offline_devices,
  fleet.never_seen_devices,
  fleet.restarted_devices,
  fleet.calibrations,
  fleet.low_battery_devices,
  fleet.battery_due_devices,
  fleet.firmware_pending_devices,
  fleet.firmware_versions,
  fleet.temperature_mean_celsius,
  fleet.connectivity_ratio_mean_24h,
  sites.buildings,
  sites.rooms,
  sites.thermostats as installed_thermostats,
  sites.floor_area_square_metres,
  start_dates.start_date as data_collection_start_date,
  coalesce(fleet.queried_date >= start_dates.start_date, false) as is_in_data_collection
from fleet
left join {{ ref('int_sites_per_day') }} as sites
  on fleet.queried_date = sites.queried_date and fleet.customer_id = sites.customer_id
left join {{ ref('data_collection_start_dates') }} as start_dates
  on fleet.customer_id = start_dates.customer_id
