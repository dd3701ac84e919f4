select
  device_id,
  metric,
  date,
  customer_id,
  shard,
  {{ payload_value('unit', 'text') }} as unit,
  {{ payload_value('min', 'double precision') }} as min_value,
  {{ payload_value('max', 'double precision') }} as max_value,
  {{ payload_value('mean', 'double precision') }} as mean_value,
  {{ payload_value('sum', 'double precision') }} as sum_value,
  {{ payload_value('sampleCount', 'integer') }} as sample_count,
  observed_at,
  run_id,
  loaded_at
from {{ source('raw', 'daily_aggregates') }}
