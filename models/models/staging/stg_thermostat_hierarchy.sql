select
  customer_id,
  node_id,
  queried_at,
  {{ utc_date('queried_at') }} as queried_date,
  shard,
  {{ payload_value('parentId', 'text') }} as parent_id,
  {{ payload_value('kind', 'text') }} as kind,
  {{ payload_value('deviceId', 'text') }} as device_id,
  {{ payload_value('roomType', 'text') }} as room_type,
  {{ payload_value('floorArea', 'double precision') }} as floor_area_square_metres,
  {{ payload_timestamp('installedAt') }} as installed_at,
  observed_at,
  run_id,
  loaded_at
from {{ source('raw', 'thermostat_hierarchy') }}
