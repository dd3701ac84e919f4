-- Silver and gold have one row a device and UTC day.
{% for model in ['stg_last_updates_per_day', 'last_updates_per_day'] -%}
select
  '{{ model }}' as model,
  device_id,
  queried_date,
  count(*) as row_count
from {{ ref(model) }}
where queried_date >= {{ first_recently_loaded_day('raw.device_last_updates') }}
group by device_id, queried_date
having count(*) > 1
{% if not loop.last %}union all{% endif %}
{% endfor %}
