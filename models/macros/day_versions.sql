{#-
  What the days of a raw table were last built from, and which of them have changed since (docs/decisions/0003). Every commit of the loader
  touches the days of its rows; the sum of a day's touches is its version. A relation that is built day by day keeps the version in `day_version`.
-#}

{#- The version of each day of a raw table, as of the same snapshot as everything else in the statement. -#}
{% macro day_versions(table_name) -%}
  select
    day,
    sum(touches)::bigint as day_version
  from {{ source('ops', 'touched_days') }}
  where table_name = '{{ table_name }}'
  group by day
{%- endmacro %}

{#- The version of each day that a relation has rows of. An index over (day_column, day_version) finds each at once. -#}
{% macro built_versions(relation, day_column, table_name) -%}
  select
    days.day,
    built.day_version
  from (
    select distinct day
    from {{ source('ops', 'touched_days') }}
    where table_name = '{{ table_name }}'
  ) as days
  cross join lateral (
    select max(versions.day_version) as day_version
    from {{ relation }} as versions
    where versions.{{ day_column }} = days.day
  ) as built
  where built.day_version is not null
{%- endmacro %}

{#- The days of `day_versions` that `this` holds in another version, or not at all. -#}
{% macro changed_days(day_column) -%}
  select day_versions.day
  from day_versions
  where day_versions.day_version is distinct from (
    select max(built.day_version)
    from {{ this }} as built
    where built.{{ day_column }} = day_versions.day
  )
{%- endmacro %}
