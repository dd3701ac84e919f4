-- Every device of a day is counted once: in the overview of its customer, in the rollout of its firmware.
select
  coalesce(devices.queried_date, customers.queried_date, versions.queried_date) as queried_date,
  devices.devices,
  customers.devices as devices_of_customers,
  versions.devices as devices_of_versions
from (
  select queried_date, count(*) as devices
  from {{ ref('last_updates_per_day') }}
  where queried_date >= {{ first_recently_loaded_day('raw.device_last_updates') }}
  group by queried_date
) as devices
full join (
  select queried_date, sum(devices) as devices
  from {{ ref('fleet_overview') }}
  where queried_date >= {{ first_recently_loaded_day('raw.device_last_updates') }}
  group by queried_date
) as customers
  on devices.queried_date = customers.queried_date
full join (
  select queried_date, sum(devices) as devices
  from {{ ref('firmware_rollout') }}
  where queried_date >= {{ first_recently_loaded_day('raw.device_last_updates') }}
  group by queried_date
) as versions
  on coalesce(devices.queried_date, customers.queried_date) = versions.queried_date
where
  devices.devices is distinct from customers.devices
  or devices.devices is distinct from versions.devices
