-- Gold has a row for each evaluation of raw and no other: none that was withdrawn.
select
  coalesce(bronze.device_id, gold.device_id) as device_id,
  coalesce(bronze.algorithm, gold.algorithm) as algorithm,
  coalesce(bronze.evaluated_at, gold.evaluated_at) as evaluated_at,
  bronze.device_id is null as is_missing_in_raw
from (
  select *
  from {{ ref('stg_battery_eval_results') }}
  where evaluated_at >= {{ first_recently_loaded_day('raw.battery_eval_results') }}
) as bronze
full join (
  select *
  from {{ ref('battery_predictions') }}
  where evaluated_date >= {{ first_recently_loaded_day('raw.battery_eval_results') }}
) as gold
  on bronze.device_id = gold.device_id and bronze.algorithm = gold.algorithm and bronze.evaluated_at = gold.evaluated_at
where
  bronze.device_id is null
  or gold.device_id is null
  or bronze.predicted_remaining_days is distinct from gold.predicted_remaining_days
