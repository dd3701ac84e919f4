-- The row of a day holds the newest version of its last snapshot.
select
  days.device_id,
  days.queried_date
from {{ ref('stg_last_updates_per_day') }} as days
inner join {{ ref('stg_last_updates') }} as snapshots
  on
    days.device_id = snapshots.device_id
    and days.queried_date = snapshots.queried_date
    and (snapshots.queried_at > days.queried_at or (snapshots.queried_at = days.queried_at and snapshots.loaded_at > days.loaded_at))
where
  days.queried_date >= {{ first_recently_loaded_day('raw.device_last_updates') }}
  and snapshots.queried_at >= {{ first_recently_loaded_day('raw.device_last_updates') }}
