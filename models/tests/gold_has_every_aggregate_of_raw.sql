-- Gold has a row for each device and day of raw, with as many metrics, and no other.
select
  coalesce(bronze.device_id, gold.device_id) as device_id,
  coalesce(bronze.date, gold.date) as date,
  bronze.metric_count,
  gold.metric_count as metric_count_in_gold
from (
  select
    device_id,
    date,
    count(*) as metric_count
  from {{ ref('stg_daily_aggregates') }}
  where date >= {{ first_recently_loaded_day('raw.daily_aggregates') }}
  group by device_id, date
) as bronze
full join (
  select *
  from {{ ref('daily_aggregates_per_device') }}
  where date >= {{ first_recently_loaded_day('raw.daily_aggregates') }}
) as gold
  on bronze.device_id = gold.device_id and bronze.date = gold.date
where bronze.metric_count is distinct from gold.metric_count
