{{
  config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['device_id', 'queried_at::date'],
    incremental_predicates=["queried_date >= (
      select coalesce(min(versions.day), 'infinity')
      from (
        select day, sum(touches) as day_version
        from ops.touched_days
        where table_name = 'raw.device_last_updates'
        group by day
      ) as versions
      where versions.day_version is distinct from (
        select max(built.day_version)
        from staging.stg_last_updates_per_day as built
        where built.queried_date = versions.day
      )
    )"],
    on_schema_change='fail',
    indexes=[
      {'columns': ['device_id', 'queried_date'], 'unique': true},
      {'columns': ['queried_date', 'day_version']},
    ],
  )
}}

{#- The predicate spares the delete a scan of the whole table: no rebuilt day is older than the oldest day that has changed. Configuration
is read before a database is asked, so it names its tables itself. -#}

{% set known_columns = 'device_id, queried_at, queried_date, last_seen_at, uptime_seconds, calibration_total' -%}

-- What has to be built anew is told by what was loaded, not by the clock: every commit of the loader touches the days of its
-- rows, so a day has changed if and only if the sum of its touches (its version) is not the one that its rows were built from.
with day_versions as (
  select
    day,
    sum(touches) as day_version
  from {{ source('ops', 'touched_days') }}
  where table_name = 'raw.device_last_updates'
  group by day
),

{% if is_incremental() -%}

changed_days as materialized (
  select day_versions.day
  from day_versions
  where day_versions.day_version is distinct from (
    select max(built.day_version)
    from {{ this }} as built
    where built.queried_date = day_versions.day
  )
),

changed as materialized (
  select distinct
    snapshots.device_id,
    changed_days.day
  from changed_days
  inner join {{ ref('stg_last_updates') }} as snapshots
    on
      snapshots.queried_at >= {{ utc_midnight('changed_days.day') }}
      and snapshots.queried_at < {{ utc_midnight('changed_days.day + 1') }}
),

-- The first snapshot after a changed day steps from that day, so the day that it lies on changes too.
rebuilt as materialized (
  select
    device_id,
    day
  from changed
  union
  select
    changed.device_id,
    next_snapshot.queried_date
  from changed
  cross join lateral (
    {%- for known in ['uptime_seconds', 'calibration_total'] %}
    (
      select snapshots.queried_date
      from {{ ref('stg_last_updates') }} as snapshots
      where
        snapshots.device_id = changed.device_id
        and snapshots.queried_at >= {{ utc_midnight('changed.day + 1') }}
        and snapshots.{{ known }} is not null
      order by snapshots.queried_at
      limit 1
    )
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
  ) as next_snapshot
  where changed.day < (select max(day_versions.day) from day_versions)
),

-- The snapshots of those days, and before each of them the last one that they step from. Lateral, so that the key of raw finds them
-- device by device: a join by hash would read all of raw.
snapshots as (
  select distinct snapshot.*
  from rebuilt
  cross join lateral (
    (
      select {{ known_columns }}
      from {{ ref('stg_last_updates') }}
      where
        device_id = rebuilt.device_id
        and queried_at >= {{ utc_midnight('rebuilt.day') }}
        and queried_at < {{ utc_midnight('rebuilt.day + 1') }}
      offset 0
    )
    {%- for known in ['uptime_seconds', 'calibration_total'] %}
    union all
    (
      select {{ known_columns }}
      from {{ ref('stg_last_updates') }}
      where
        device_id = rebuilt.device_id
        and queried_at < {{ utc_midnight('rebuilt.day') }}
        and {{ known }} is not null
      order by queried_at desc
      limit 1
    )
    {%- endfor %}
  ) as snapshot
),

{%- else -%}

-- Materialized, so that documents are taken apart once and not carried through the windows.
snapshots as materialized (
  select {{ known_columns }}
  from {{ ref('stg_last_updates') }}
),

{%- endif %}

-- A snapshot that lacks a value is passed over: the windows part those with and without it, so lag gives the last known one.
previous as (
  select
    *,
    lag(uptime_seconds) over known_uptime as previous_uptime_seconds,
    lag(last_seen_at) over known_uptime as previous_last_seen_at,
    lag(calibration_total) over known_calibrations as previous_calibration_total
  from snapshots
  window
    known_uptime as (partition by device_id, uptime_seconds is null order by queried_at),
    known_calibrations as (partition by device_id, calibration_total is null order by queried_at)
),

steps as (
  select
    device_id,
    queried_at,
    queried_date,
    {{ is_reset('uptime_seconds', 'previous_uptime_seconds', 'last_seen_at', 'previous_last_seen_at') }} as is_reset,
    calibration_total::bigint - previous_calibration_total as calibrations
  from previous
),

days as (
  select
    steps.device_id,
    steps.queried_date,
    max(steps.queried_at) as queried_at,
    count(*) as snapshot_count,
    coalesce(bool_or(steps.is_reset), false) as had_reset_since_previous_query,
    sum(steps.calibrations)::bigint as calibrations_since_previous_query
  from steps
  {%- if is_incremental() %}
  inner join rebuilt on steps.device_id = rebuilt.device_id and steps.queried_date = rebuilt.day
  {%- endif %}
  group by steps.device_id, steps.queried_date
)

select
  last_snapshot.*,
  days.snapshot_count,
  days.had_reset_since_previous_query,
  days.calibrations_since_previous_query,
  coalesce(day_versions.day_version, 0)::bigint as day_version
from days
inner join {{ ref('stg_last_updates') }} as last_snapshot
  on days.device_id = last_snapshot.device_id and days.queried_at = last_snapshot.queried_at
left join day_versions on days.queried_date = day_versions.day
