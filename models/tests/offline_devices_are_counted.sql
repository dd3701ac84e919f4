-- A device that is offline is counted in the week of its last report, with the firmware that it ran then.
select
  silent.device_id,
  silent.last_seen_at
from {{ ref('last_updates_per_day') }} as silent
left join {{ ref('devices_offline_per_firmware_week') }} as weeks
  on
    weeks.week_start = date_trunc('week', silent.last_seen_at at time zone 'UTC')::date
    and weeks.embedded_version = coalesce(silent.embedded_version, 'unknown')
    and weeks.devices_gone_offline > 0
where
  silent.queried_date >= {{ first_recently_loaded_day('raw.device_last_updates') }}
  and silent.last_seen_at < silent.queried_at - interval '{{ var("offline_after_hours") }} hours'
  and silent.last_seen_at >= (select min(week_start) from {{ ref('devices_offline_per_firmware_week') }})
  and weeks.embedded_version is null
