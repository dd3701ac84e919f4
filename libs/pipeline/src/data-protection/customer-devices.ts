import type { Pool } from 'pg';

/** The devices of a customer, and since and until when they were another's; the three lists go together. */
export interface CustomerDevices {
  readonly ids: readonly string[];
  /** The last time before that at which a device was seen with another customer; null if it was not. */
  readonly since: readonly (Date | null)[];
  /** The first time after that at which a device was seen with another customer; null if it was not. */
  readonly until: readonly (Date | null)[];
}

const DEVICES = `
with own as (
  select device_id, min(moment) as first_moment, max(moment) as last_moment
  from (
    select device_id, queried_at as moment from raw.device_last_updates
    where customer_id = $1 or payload ->> 'customerId' = $1
    union all
    select payload ->> 'deviceId', queried_at from raw.thermostat_hierarchy where customer_id = $1
    union all
    select device_id, date::timestamp at time zone 'UTC' from raw.daily_aggregates where customer_id = $1
  ) as seen
  where device_id is not null group by device_id
)
select own.device_id as id, max(other.queried_at) filter (where other.queried_at < own.first_moment) as since,
  min(other.queried_at) filter (where other.queried_at > own.last_moment) as until
from own
left join raw.device_last_updates as other
  on other.device_id = own.device_id and other.customer_id <> $1 and other.payload ->> 'customerId' is distinct from $1
group by own.device_id order by own.device_id`;

/** Reads which devices are or were a customer's: by its device states, its hierarchy and its aggregates. */
export async function readCustomerDevices(pool: Pool, customerId: string): Promise<CustomerDevices> {
  const { rows } = await pool.query<{ id: string; since: Date | null; until: Date | null }>(DEVICES, [customerId]);
  return {
    ids: rows.map(({ id }) => id),
    since: rows.map(({ since }) => since),
    until: rows.map(({ until }) => until),
  };
}
