{{
  config(
    materialized='table',
    unlogged=true,
    partition_by={'field': 'queried_date', 'granularity': 'month'},
    indexes=[
      {'columns': ['queried_date']},
      {'columns': ['customer_id']},
      {'columns': ['device_id']},
      {'columns': ['embedded_version']},
      {'columns': ['hardware_version']},
    ],
  )
}}

-- Left joins: a device stays in gold whether or not the seeds know its firmware and its customer.
select
  last_updates.*,
  firmware_deployments.deployed_at as firmware_deployed_at,
  last_updates.queried_date - {{ utc_date('firmware_deployments.deployed_at') }} as days_since_firmware_deployment,
  start_dates.start_date as data_collection_start_date,
  coalesce(last_updates.queried_date >= start_dates.start_date, false) as is_in_data_collection
from {{ ref('stg_last_updates_per_day') }} as last_updates
left join {{ ref('firmware_deployments') }} as firmware_deployments
  on last_updates.embedded_version = firmware_deployments.embedded_version
left join {{ ref('data_collection_start_dates') }} as start_dates
  on last_updates.customer_id = start_dates.customer_id
