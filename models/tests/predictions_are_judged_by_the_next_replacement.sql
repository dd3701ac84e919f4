-- Each replacement ended the life of the battery that the predictions before it, back to the replacement before, were about.
select
  predictions.device_id,
  predictions.algorithm,
  predictions.evaluated_at,
  replacements.replaced_at
from {{ ref('stg_battery_replacements') }} as replacements
inner join {{ ref('battery_predictions') }} as predictions
  on replacements.device_id = predictions.device_id and replacements.replaced_at > predictions.evaluated_at
where
  replacements.replaced_at >= {{ first_recently_loaded_day('raw.battery_replacements') }}
  and (predictions.replaced_at is null or predictions.replaced_at > replacements.replaced_at)
