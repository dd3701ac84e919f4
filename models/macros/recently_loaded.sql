{#-
  For tests: the oldest day of a raw table of which something was loaded lately; null if nothing was. What was loaded before has been tested
  then, and a test of all days would read all of raw with every build.
-#}
{% macro first_recently_loaded_day(table_name) -%}
  (
    select min(day)
    from {{ source('ops', 'touched_days') }}
    where table_name = '{{ table_name }}' and touched_at > now() - interval '2 days'
  )
{%- endmacro %}
