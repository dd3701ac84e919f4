{#-
  Removes from battery_predictions what its own build cannot: delete+insert only removes rows that it replaces, and an evaluation that is
  made again may lack results that it had before. Rows of a rebuilt day that the build did not write have an older version than
  the others; of a day that lost its last row nothing was written at all.
-#}
{% macro remove_withdrawn_predictions() -%}
  {% if is_incremental() -%}
    delete from {{ this }} as stale
    using (
      select
        days.day,
        built.oldest,
        built.newest,
        built.newest is distinct from days.day_version
        and not exists (
          select
          from {{ source('raw', 'battery_eval_results') }} as results
          where
            results.evaluated_at >= {{ utc_midnight('days.day') }}
            and results.evaluated_at < {{ utc_midnight('days.day + 1') }}
        ) as is_empty
      from (
        {{ day_versions('raw.battery_eval_results') }}
      ) as days
      cross join lateral (
        select
          min(versions.day_version) as oldest,
          max(versions.day_version) as newest
        from {{ this }} as versions
        where versions.evaluated_date = days.day
      ) as built
    ) as days
    where
      stale.evaluated_date = days.day
      and (days.oldest < days.newest or days.is_empty)
      and (stale.day_version < days.newest or days.is_empty)
  {%- endif %}
{%- endmacro %}
