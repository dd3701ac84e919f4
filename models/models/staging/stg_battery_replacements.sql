select
  replacement_id,
  {{ payload_value('device_id', 'text') }} as device_id,
  replaced_at,
  {{ utc_date('replaced_at') }} as replaced_date,
  recorded_at,
  {{ payload_value('battery_type', 'text') }} as battery_type,
  observed_at,
  run_id,
  loaded_at
from {{ source('raw', 'battery_replacements') }}
