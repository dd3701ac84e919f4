import { resolve } from 'node:path';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { runProject } from '@ovis/sql-model-runner';
import { createPool } from '@ovis/warehouse';
import type { Pool, QueryResultRow } from 'pg';
import { modelConnection, openModelProject } from '../models/model-project.ts';
import { forgetLoads } from './model-loads.ts';

const DIRECTORY = resolve(import.meta.dirname, '../../../../models');
const RUN = '00000000-0000-4000-8000-000000000000';

/** What one device said in one run. */
export interface Snapshot {
  readonly deviceId: string;
  readonly customerId?: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The dbt project of this platform on a database without a fleet: a test says what was loaded. */
export interface ModelSandbox extends AsyncDisposable {
  readonly databaseUrl: string;
  /** A superuser's connections. */
  readonly administrator: Pool;
  /**
   * Stores one commit's rows of `raw.device_last_updates` as the loader does: what is new or differs is written, and if there was
   * such a row its day is touched.
   */
  load(queriedAt: string, snapshots: readonly Snapshot[]): Promise<void>;
  /** Builds the models and seeds that match. @throws if one of them fails. */
  build(
    select: readonly string[],
    options?: { readonly fullRefresh?: boolean; readonly verb?: 'build' | 'run' },
  ): Promise<void>;
  /** Forgets all loads and what was built of them. */
  clear(): Promise<void>;
  rows<Row extends QueryResultRow>(sql: string): Promise<readonly Row[]>;
}

/** @param months first days of the months that will be loaded, such as `2026-09-01`. */
export async function openModelSandbox(months: readonly string[]): Promise<ModelSandbox> {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await createTestDatabase());
  const administrator = createPool({ url: database.url, applicationName: 'test', max: 2 });
  opened.defer(() => administrator.end());
  for (const month of months) await makeMonth(administrator, month);
  const models = { directory: DIRECTORY, databaseUrl: database.url, threads: 2 };
  const connection = modelConnection(models);
  const project = await openModelProject(models, connection.database);
  const running = opened.move();
  return {
    databaseUrl: database.url,
    administrator,
    load: (queriedAt, snapshots) => load(administrator, queriedAt, snapshots),
    build: async (select, { fullRefresh = false, verb = 'run' } = {}) => {
      const { results } = await runProject({ project, verb, select, fullRefresh, connect: connection.connect });
      const failed = results.filter(({ status }) => status === 'error' || status === 'fail' || status === 'skipped');
      if (failed.length > 0)
        throw new Error(failed.map(({ name, message }) => `${name}: ${String(message)}`).join('\n'));
    },
    clear: () => forgetLoads(administrator),
    rows: async (sql) => (await administrator.query(sql)).rows,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function makeMonth(pool: Pool, month: string): Promise<void> {
  const leaf = `device_last_updates_${month.slice(0, 4)}_${month.slice(5, 7)}`;
  await pool.query(
    `create table raw.${leaf} partition of raw.device_last_updates
       for values from ('${month}') to ('${month}'::date + interval '1 month')`,
  );
}

async function load(pool: Pool, queriedAt: string, snapshots: readonly Snapshot[]): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const { rowCount } = await client.query(
      `insert into raw.device_last_updates as stored (device_id, queried_at, shard, customer_id, payload, observed_at, run_id)
       select row ->> 'deviceId', $1, 'shard', coalesce(row ->> 'customerId', 'c-000001'), row -> 'payload', $1, $2
       from jsonb_array_elements($3::jsonb) as row
       on conflict (device_id, queried_at) do update set payload = excluded.payload, customer_id = excluded.customer_id, loaded_at = now()
       where (stored.payload, stored.customer_id) is distinct from (excluded.payload, excluded.customer_id)`,
      [queriedAt, RUN, JSON.stringify(snapshots)],
    );
    if (rowCount !== 0) {
      await client.query(
        `insert into ops.touched_days (table_name, day) values ('raw.device_last_updates', $1::timestamptz::date)`,
        [queriedAt],
      );
    }
    await client.query('commit');
  } finally {
    client.release();
  }
}
