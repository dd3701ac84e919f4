import type { Pool } from 'pg';

const RUN = '00000000-0000-4000-8000-000000000000';

/** What the loader may commit to raw, row by row as JSON; keys are those of the tables, the rest is payload. */
export interface ModelLoad {
  readonly table: keyof typeof STATEMENTS;
  /** Of evaluation results: the folder, whose rows these replace. */
  readonly folder?: { readonly algorithm: string; readonly day: string };
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Partitioned raw tables that models read. */
const PARTITIONED = [
  'device_last_updates',
  'thermostat_hierarchy',
  'daily_aggregates',
  'battery_eval_results',
  'battery_measurements',
];

const FORGET = `truncate raw.device_last_updates, raw.thermostat_hierarchy, raw.daily_aggregates, raw.battery_eval_results,
  raw.battery_measurements, raw.battery_replacements, ops.touched_days;
  drop table if exists staging.stg_last_updates_per_day, staging.int_fleet_per_day, staging.int_sites_per_day,
    marts.daily_aggregates_per_device, marts.battery_predictions cascade`;

/** Each writes what is new or differs and gives the day (`day`) of each row that it changed; $1 are the rows, $2 is the run. */
const STATEMENTS = {
  device_last_updates: `
    insert into raw.device_last_updates as stored (device_id, queried_at, shard, customer_id, payload, observed_at, run_id)
    select row ->> 'deviceId', (row ->> 'queriedAt')::timestamptz, 'shard', row ->> 'customerId', row -> 'payload', now(), $2
    from jsonb_array_elements($1::jsonb) as row
    on conflict (device_id, queried_at) do update set payload = excluded.payload, customer_id = excluded.customer_id
    where (stored.payload, stored.customer_id) is distinct from (excluded.payload, excluded.customer_id)
    returning queried_at::date::text as day`,
  thermostat_hierarchy: `
    insert into raw.thermostat_hierarchy as stored (customer_id, node_id, queried_at, shard, payload, observed_at, run_id)
    select row ->> 'customerId', row ->> 'nodeId', (row ->> 'queriedAt')::timestamptz, 'shard', row -> 'payload', now(), $2
    from jsonb_array_elements($1::jsonb) as row
    on conflict (customer_id, node_id, queried_at) do update set payload = excluded.payload
    where stored.payload is distinct from excluded.payload
    returning queried_at::date::text as day`,
  daily_aggregates: `
    insert into raw.daily_aggregates as stored (device_id, metric, date, shard, customer_id, payload, observed_at, run_id)
    select row ->> 'deviceId', row ->> 'metric', (row ->> 'date')::date, 'shard', 'c-1', row -> 'payload', now(), $2
    from jsonb_array_elements($1::jsonb) as row
    on conflict (device_id, metric, date) do update set payload = excluded.payload
    where stored.payload is distinct from excluded.payload
    returning date::text as day`,
  battery_replacements: `
    insert into raw.battery_replacements as stored (replacement_id, replaced_at, recorded_at, payload, observed_at, run_id)
    select (row ->> 'replacementId')::bigint, (row ->> 'replacedAt')::timestamptz, now(), row -> 'payload', now(), $2
    from jsonb_array_elements($1::jsonb) as row
    on conflict (replacement_id) do update set replaced_at = excluded.replaced_at, payload = excluded.payload
    where (stored.replaced_at, stored.payload) is distinct from (excluded.replaced_at, excluded.payload)
    returning replaced_at::date::text as day`,
  battery_eval_results: `
    with given as (
      select row ->> 'deviceId' as device_id, ($4::date + time '01:00') at time zone 'UTC' as evaluated_at, row -> 'payload' as payload
      from jsonb_array_elements($1::jsonb) as row
    ), gone as (
      delete from raw.battery_eval_results as stored
      where algorithm = $3 and folder_date = $4::date and not exists (select from given where given.device_id = stored.device_id)
      returning evaluated_at::date::text as day
    ), merged as (
      insert into raw.battery_eval_results as stored
        (device_id, algorithm, evaluated_at, folder_date, object_key, line_number, payload, observed_at, run_id)
      select device_id, $3, evaluated_at, $4::date, 'part', 1, payload, now(), $2 from given
      on conflict (device_id, algorithm, evaluated_at) do update set payload = excluded.payload
      where stored.payload is distinct from excluded.payload
      returning evaluated_at::date::text as day
    )
    select day from gone union all select day from merged`,
} as const;

/** Makes a month's partitions of all raw tables; `month` is its first day. */
export async function makeModelMonths(pool: Pool, month: string): Promise<void> {
  for (const table of PARTITIONED) {
    const leaf = `${table}_${month.slice(0, 4)}_${month.slice(5, 7)}`;
    await pool.query(
      `create table if not exists raw.${leaf} partition of raw.${table} for values from ('${month}') to ('${month}'::date + interval '1 month')`,
    );
  }
}

/** Commits rows as the loader does: days of which something changed are touched in the same transaction. */
export async function commitLoad(pool: Pool, { table, folder, rows }: ModelLoad): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const values = [JSON.stringify(rows), RUN, ...(folder ? [folder.algorithm, folder.day] : [])];
    const { rows: changed } = await client.query<{ day: string }>(STATEMENTS[table], values);
    const days = new Set(changed.map(({ day }) => day));
    for (const day of days)
      await client.query(`insert into ops.touched_days (table_name, day) values ($1, $2)`, [`raw.${table}`, day]);
    await client.query('commit');
  } finally {
    client.release();
  }
}

/** Empties raw and forgets what was built of it incrementally. */
export async function forgetLoads(pool: Pool): Promise<void> {
  await pool.query(FORGET);
}
