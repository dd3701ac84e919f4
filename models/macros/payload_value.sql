{#-
  A scalar of the column `payload`, typed; null where the key is missing, null, an array or an object, or its value does not fit the type.
  Never an error: one odd document must not stop a build. (SQL/JSON, PostgreSQL 17 or later.)

  path: keys from the top, such as 'configuration.userSetTemp'.
-#}
{% macro payload_value(path, type) -%}
  json_value(payload, 'strict $.{{ path }}' returning {{ type }} null on empty null on error)
{%- endmacro %}

{#- Likewise a time in ISO 8601 with its offset; the words that PostgreSQL takes for times ('now', 'infinity') are none. -#}
{% macro payload_timestamp(path) -%}
  {{ payload_value(path ~ '.timestamp_tz()', 'timestamptz') }}
{%- endmacro %}
