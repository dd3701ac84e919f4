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

-- Of silver's rows and not of what was loaded: silver may be older than that.
with day_versions as (
  {{ built_versions(ref('stg_last_updates_per_day'), 'queried_date', 'raw.device_last_updates') }}
),

{% if is_incremental() -%}

-- A restart of a later day is told by the snapshots before it, so everything from the oldest changed day on is counted anew.
first_changed as (
  select min(changed.day) as day
  from (
    {{ changed_days('queried_date') }}
  ) as changed
),

{%- endif %}

states as (
  select
    *,
    coalesce(last_seen_at < queried_at - interval '{{ var("offline_after_hours") }} hours', false) as is_offline
  from {{ ref('stg_last_updates_per_day') }}
  {%- if is_incremental() %}
  where queried_date >= (select first_changed.day from first_changed)
  {%- endif %}
)

-- Sums are numeric: those of floating point would depend on the order of rows.
select
  queried_date,
  customer_id,
  embedded_version,
  firmware_target,
  max(shard) as shard,
  count(*) as devices,
  count(*) filter (where is_offline) as offline_devices,
  count(*) filter (where last_seen_at is null) as never_seen_devices,
  count(*) filter (where had_reset_since_previous_query) as restarted_devices,
  coalesce(sum(calibrations_since_previous_query), 0)::bigint as calibrations,
  count(*) filter (where battery_level_percent < {{ var('low_battery_percent') }}) as low_battery_devices,
  count(*) filter (where battery_remaining_days <= {{ var('battery_due_days') }}) as battery_due_devices,
  sum(temperature_celsius::numeric) as temperature_sum,
  count(temperature_celsius) as temperature_count,
  sum(connectivity_ratio_24h::numeric) as connectivity_sum,
  count(connectivity_ratio_24h) as connectivity_count,
  array_agg(device_id order by device_id) filter (where is_offline) as offline_device_ids,
  array_agg(last_seen_at order by device_id) filter (where is_offline) as offline_since,
  max(day_version) as day_version
from states
group by queried_date, customer_id, embedded_version, firmware_target
