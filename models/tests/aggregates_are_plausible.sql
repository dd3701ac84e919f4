-- A metric has its own unit, and its mean lies between its extremes. Devices may be wrong, so this only warns.
{{ config(severity='warn') }}

select
  device_id,
  metric,
  date
from {{ ref('stg_daily_aggregates') }}
where
  date >= {{ first_recently_loaded_day('raw.daily_aggregates') }}
  and (
    unit <> case metric
      when 'valveMovement' then 'per cent'
      when 'temperature' then 'degC'
      when 'humidity' then 'per cent'
      when 'batteryVoltage' then 'V'
      when 'rssi' then 'dBm'
    end
    or mean_value not between min_value and max_value
    or min_value > max_value
  )
