{#- Days are UTC days whatever the session's time zone is. -#}
{% macro utc_date(timestamp) -%}
  ({{ timestamp }} at time zone 'UTC')::date
{%- endmacro %}

{% macro utc_midnight(day) -%}
  (({{ day }})::timestamp at time zone 'UTC')
{%- endmacro %}
