{{
  config(
    unlogged=true,
    indexes=[
      {'columns': ['week_start', 'embedded_version'], 'unique': true},
      {'columns': ['embedded_version']},
    ],
  )
}}

-- A device that stays silent is seen offline on many days; its last report makes one outage of them.
with outages as (
  select distinct on (silent.device_id, silent.since)
    silent.device_id,
    date_trunc('week', silent.since at time zone 'UTC')::date as week_start,
    coalesce(fleet.embedded_version, 'unknown') as embedded_version
  from {{ ref('int_fleet_per_day') }} as fleet
  cross join unnest(fleet.offline_device_ids, fleet.offline_since) as silent (device_id, since)
  order by silent.device_id, silent.since, fleet.queried_date desc
),

outages_per_week as (
  select
    week_start,
    embedded_version,
    count(distinct device_id) as devices_gone_offline,
    count(*) as outages
  from outages
  group by week_start, embedded_version
),

fleet_per_week as (
  select
    date_trunc('week', queried_date::timestamp)::date as week_start,
    embedded_version,
    max(devices) as devices
  from {{ ref('firmware_rollout') }}
  group by 1, 2
),

queried as (
  select
    min(queried_date) as first_date,
    max(queried_date) as last_date
  from {{ ref('firmware_rollout') }}
),

weeks as (
  select
    week_start,
    embedded_version,
    coalesce(fleet_per_week.devices, 0) as devices,
    coalesce(outages_per_week.devices_gone_offline, 0) as devices_gone_offline,
    coalesce(outages_per_week.outages, 0) as outages
  from fleet_per_week
  full join outages_per_week using (week_start, embedded_version)
)

select
  to_char(weeks.week_start, 'IYYY-"W"IW') as iso_week,
  weeks.week_start,
  weeks.embedded_version,
  weeks.devices,
  weeks.devices_gone_offline,
  weeks.outages,
  weeks.devices_gone_offline / nullif(weeks.devices, 0)::double precision as share_gone_offline,
  weeks.week_start >= queried.first_date and weeks.week_start + 8 <= queried.last_date as is_complete,
  firmware_deployments.deployed_at as firmware_deployed_at
from weeks
cross join queried
left join {{ ref('firmware_deployments') }} as firmware_deployments
  on weeks.embedded_version = firmware_deployments.embedded_version
-- Of the time before the first query only those are known who have not come back since.
where
  weeks.week_start >= date_trunc('week', queried.first_date::timestamp)::date
  and (weeks.devices > 0 or weeks.outages > 0)
