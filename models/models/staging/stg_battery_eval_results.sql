select
  device_id,
  algorithm,
  evaluated_at,
  {{ utc_date('evaluated_at') }} as evaluated_date,
  {{ payload_value('algorithmVersion', 'text') }} as algorithm_version,
  {{ payload_value('predictedRemainingDays', 'double precision') }} as predicted_remaining_days,
  {{ payload_value('confidence', 'double precision') }} as confidence,
  {{ payload_value('features.voltageSlope', 'double precision') }} as voltage_slope_volts_per_day,
  {{ payload_value('features.coldStarts', 'integer') }} as cold_starts,
  folder_date,
  object_key,
  line_number,
  observed_at,
  run_id,
  loaded_at
from {{ source('raw', 'battery_eval_results') }}
