-- Gold has a row for each device and UTC day of raw, and no other.
select
  coalesce(bronze.device_id, gold.device_id) as device_id,
  coalesce(bronze.queried_date, gold.queried_date) as queried_date,
  bronze.device_id is null as is_missing_in_raw
from (
  select distinct device_id, queried_date
  from {{ ref('stg_last_updates') }}
  where queried_at >= {{ first_recently_loaded_day('raw.device_last_updates') }}
) as bronze
full join (
  select device_id, queried_date
  from {{ ref('last_updates_per_day') }}
  where queried_date >= {{ first_recently_loaded_day('raw.device_last_updates') }}
) as gold
  on bronze.device_id = gold.device_id and bronze.queried_date = gold.queried_date
where bronze.device_id is null or gold.device_id is null
