{#-
  Whether a device restarted between two of its reports; null where that cannot be told, such as without an earlier report.

  Uptime counts from the last start and is as old as the report, which came at last_seen_at. Without a restart it grows by what
  passes between the reports. So the device was reset if it fell, or if it is less than what passed: a device that restarted soon
  after the earlier report may by now be up for longer than it was then. A report that is older than the one before it (the backend
  answered from an old copy) is no sign of a restart.
-#}
{% macro is_reset(uptime_seconds, previous_uptime_seconds, last_seen_at, previous_last_seen_at) -%}
  case
    when {{ last_seen_at }} < {{ previous_last_seen_at }} then false
    when {{ uptime_seconds }} < {{ previous_uptime_seconds }} then true
    else {{ uptime_seconds }} < floor(extract(epoch from {{ last_seen_at }} - {{ previous_last_seen_at }}))
  end
{%- endmacro %}
