{{
  config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='date',
    incremental_predicates=["date >= (
      select coalesce(min(versions.day), 'infinity')
      from (
        select day, sum(touches) as day_version
        from ops.touched_days
        where table_name = 'raw.daily_aggregates'
        group by day
      ) as versions
      where versions.day_version is distinct from (
        select max(built.day_version)
        from marts.daily_aggregates_per_device as built
        where built.date = versions.day
      )
    )"],
    unlogged=true,
    on_schema_change='fail',
    indexes=[
      {'columns': ['device_id', 'date'], 'unique': true},
      {'columns': ['date', 'day_version']},
      {'columns': ['customer_id', 'date']},
    ],
  )
}}

{#- As in stg_last_updates_per_day the predicate only spares the delete a scan of the whole table. -#}

{% set metrics = [
  {'metric': 'valveMovement', 'name': 'valve_movement', 'unit': 'percent'},
  {'metric': 'temperature', 'name': 'temperature', 'unit': 'celsius'},
  {'metric': 'humidity', 'name': 'humidity', 'unit': 'percent'},
  {'metric': 'batteryVoltage', 'name': 'battery_voltage', 'unit': 'volts'},
  {'metric': 'rssi', 'name': 'rssi', 'unit': 'dbm'},
] -%}

with day_versions as (
  {{ day_versions('raw.daily_aggregates') }}
),

{% if is_incremental() -%}

changed_days as materialized (
  {{ changed_days('date') }}
),

aggregates as (
  select aggregates_of_day.*
  from changed_days
  cross join lateral (
    select *
    from {{ ref('stg_daily_aggregates') }}
    where date = changed_days.day
    offset 0
  ) as aggregates_of_day
),

{%- else -%}

aggregates as (
  select *
  from {{ ref('stg_daily_aggregates') }}
),

{%- endif %}

-- There is one row a device, day and metric, so each maximum is that of a single row.
devices as (
  select
    device_id,
    date,
    max(customer_id collate "C") as customer_id,
    {%- for metric in metrics %}
    {%- set of_metric = "filter (where metric = '" ~ metric.metric ~ "')" %}
    max(min_value) {{ of_metric }} as {{ metric.name }}_min_{{ metric.unit }},
    max(max_value) {{ of_metric }} as {{ metric.name }}_max_{{ metric.unit }},
    max(mean_value) {{ of_metric }} as {{ metric.name }}_mean_{{ metric.unit }},
    {%- if metric.name == 'valve_movement' %}
    max(sum_value) {{ of_metric }} as {{ metric.name }}_sum_{{ metric.unit }},
    {%- endif %}
    max(sample_count) {{ of_metric }} as {{ metric.name }}_sample_count,
    {%- endfor %}
    count(*) as metric_count,
    max(observed_at) as observed_at,
    max(loaded_at) as loaded_at
  from aggregates
  group by device_id, date
)

select
  devices.*,
  coalesce(day_versions.day_version, 0) as day_version
from devices
left join day_versions on devices.date = day_versions.day
