select
  measurement_id,
  {{ payload_value('device_id', 'text') }} as device_id,
  measured_at,
  {{ utc_date('measured_at') }} as measured_date,
  recorded_at,
  {{ payload_value('voltage', 'double precision') }} as voltage_volts,
  {{ payload_value('temperature', 'double precision') }} as temperature_celsius,
  {{ payload_value('load_current', 'double precision') }} as load_current_milliampere,
  observed_at,
  run_id,
  loaded_at
from {{ source('raw', 'battery_measurements') }}
