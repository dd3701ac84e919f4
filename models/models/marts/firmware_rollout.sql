{{
  config(
    unlogged=true,
    indexes=[
      {'columns': ['queried_date', 'embedded_version'], 'unique': true},
      {'columns': ['embedded_version']},
    ],
  )
}}

with running as (
  select
    queried_date,
    coalesce(embedded_version, 'unknown') as embedded_version,
    sum(devices)::bigint as devices,
    sum(offline_devices)::bigint as offline_devices,
    sum(restarted_devices)::bigint as restarted_devices
  from {{ ref('int_fleet_per_day') }}
  group by 1, 2
),

pending as (
  select
    queried_date,
    firmware_target as embedded_version,
    sum(devices)::bigint as pending_devices
  from {{ ref('int_fleet_per_day') }}
  where firmware_target <> embedded_version
  group by 1, 2
),

versions as (
  select
    queried_date,
    embedded_version,
    coalesce(running.devices, 0) as devices,
    coalesce(pending.pending_devices, 0) as pending_devices,
    coalesce(running.offline_devices, 0) as offline_devices,
    coalesce(running.restarted_devices, 0) as restarted_devices
  from running
  full join pending using (queried_date, embedded_version)
)

select
  versions.queried_date,
  versions.embedded_version,
  versions.devices,
  (sum(versions.devices) over (partition by versions.queried_date))::bigint as fleet_devices,
  versions.devices / (sum(versions.devices) over (partition by versions.queried_date))::double precision as share_of_fleet,
  versions.pending_devices,
  versions.offline_devices,
  versions.restarted_devices,
  firmware_deployments.deployed_at as firmware_deployed_at,
  versions.queried_date - {{ utc_date('firmware_deployments.deployed_at') }} as days_since_firmware_deployment
from versions
left join {{ ref('firmware_deployments') }} as firmware_deployments
  on versions.embedded_version = firmware_deployments.embedded_version
