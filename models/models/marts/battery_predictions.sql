{{
  config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['device_id', 'algorithm', 'evaluated_at'],
    unlogged=true,
    on_schema_change='fail',
    post_hook="{{ remove_withdrawn_predictions() }}",
    indexes=[
      {'columns': ['device_id', 'algorithm', 'evaluated_at'], 'unique': true},
      {'columns': ['evaluated_date', 'day_version']},
      {'columns': ['replaced_at']},
    ],
  )
}}

-- A row is built from its day's results and its device's replacements, keeps the version of both, and is built anew when one differs.
with day_versions as (
  {{ day_versions('raw.battery_eval_results') }}
),

-- A battery lasts from one replacement, or ever, until the next.
batteries as (
  select
    device_id,
    coalesce(lag(replaced_at) over (partition by device_id order by replaced_at), '-infinity') as installed_at,
    replaced_at
  from {{ ref('stg_battery_replacements') }}
  where device_id is not null
),

replacement_versions as (
  select
    device_id,
    hashtextextended(string_agg(extract(epoch from replaced_at)::text, ',' order by replaced_at), 0) as replacement_version
  from batteries
  group by device_id
),

{% if is_incremental() -%}

changed_days as materialized (
  {{ changed_days('evaluated_date') }}
),

changed_devices as materialized (
  select replacement_versions.device_id
  from replacement_versions
  cross join lateral (
    select built.replacement_version
    from {{ this }} as built
    where built.device_id = replacement_versions.device_id
    limit 1
  ) as built
  where built.replacement_version is distinct from replacement_versions.replacement_version
),

results as (
  select results_of_day.*
  from changed_days
  cross join lateral (
    select *
    from {{ ref('stg_battery_eval_results') }}
    where
      evaluated_at >= {{ utc_midnight('changed_days.day') }}
      and evaluated_at < {{ utc_midnight('changed_days.day + 1') }}
    offset 0
  ) as results_of_day
  union
  select results_of_device.*
  from changed_devices
  cross join lateral (
    select *
    from {{ ref('stg_battery_eval_results') }}
    where device_id = changed_devices.device_id
    offset 0
  ) as results_of_device
),

{%- else -%}

results as (
  select *
  from {{ ref('stg_battery_eval_results') }}
),

{%- endif %}

judged as (
  select
    results.device_id,
    results.algorithm,
    results.evaluated_at,
    results.evaluated_date,
    results.algorithm_version,
    results.predicted_remaining_days,
    results.evaluated_date + round(results.predicted_remaining_days)::integer as predicted_end_date,
    results.confidence,
    results.voltage_slope_volts_per_day,
    results.cold_starts,
    batteries.replaced_at,
    (extract(epoch from batteries.replaced_at - results.evaluated_at) / 86400)::double precision as actual_remaining_days,
    results.folder_date,
    results.observed_at,
    results.loaded_at
  from results
  left join batteries
    on
      results.device_id = batteries.device_id
      and results.evaluated_at >= batteries.installed_at
      and results.evaluated_at < batteries.replaced_at
)

select
  judged.device_id,
  judged.algorithm,
  judged.evaluated_at,
  judged.evaluated_date,
  judged.algorithm_version,
  judged.predicted_remaining_days,
  judged.predicted_end_date,
  judged.confidence,
  judged.voltage_slope_volts_per_day,
  judged.cold_starts,
  judged.replaced_at,
  judged.actual_remaining_days,
  judged.predicted_remaining_days - judged.actual_remaining_days as error_days,
  abs(judged.predicted_remaining_days - judged.actual_remaining_days)
  <= greatest({{ var('battery_tolerance_days') }}, {{ var('battery_tolerance_share') }} * judged.actual_remaining_days) as is_right,
  judged.folder_date,
  judged.observed_at,
  judged.loaded_at,
  coalesce(day_versions.day_version, 0) as day_version,
  replacement_versions.replacement_version
from judged
left join day_versions on judged.evaluated_date = day_versions.day
left join replacement_versions on judged.device_id = replacement_versions.device_id
