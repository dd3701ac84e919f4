import { readFileSync } from 'node:fs';
import { measurementRow, replacementRow, type Fleet } from '@ovis/fleet-simulator';
import { Client } from 'pg';

const CONTRACT = new URL('../../fleet-simulator/contract/battery-db.sql', import.meta.url);
const ROWS_A_STATEMENT = 5_000;
const DAY_SECONDS = 86_400;
/** Who may read it, and nothing else. */
const READER = 'ovis_battery_reader';
const READER_PASSWORD = 'secret';

/** What the battery database is filled with. */
export interface BatteryDatabaseOptions {
  /** An empty database, or one that was filled before for the same world; the login may create roles. */
  readonly url: string;
  readonly world: Fleet['world'];
  /** Simulated time, until which it is filled. */
  readonly now: Date;
  /** Days before that, of which rows are recorded. */
  readonly historyDays: number;
}

/**
 * Makes the battery database of a simulated world in an empty database, and records what the fleet has measured since it was filled last.
 *
 * @returns its URL, for a login that can only read.
 */
export async function fillBatteryDatabase(options: BatteryDatabaseOptions): Promise<string> {
  const { world, historyDays } = options;
  const client = new Client({ connectionString: options.url });
  await client.connect();
  try {
    await createReader(client);
    await client.query('begin');
    const filled = await client.query<{ table: string | null }>(
      `select to_regclass('simulator.filled')::text as table`,
    );
    if (filled.rows[0]?.table === null) {
      await client.query(readFileSync(CONTRACT, 'utf8'));
      await client.query(
        `create schema simulator; create table simulator.filled (until_second bigint not null);
         grant select on battery_measurement, battery_replacement to ${READER}`,
      );
    }
    const until = Math.floor(options.now.getTime() / 1000);
    const { rows } = await client.query<{ from: string | null }>(
      'select max(until_second)::text as from from simulator.filled',
    );
    const from =
      rows[0]?.from === null || rows[0] === undefined ? until - historyDays * DAY_SECONDS : Number(rows[0].from);
    if (from < until) {
      await insertAll(client, 'battery_measurement', map(world.measurementsBetween(from, until), measurementRow));
      await insertAll(client, 'battery_replacement', map(world.replacementsBetween(from, until), replacementRow));
      await client.query('insert into simulator.filled values ($1)', [until]);
    }
    await client.query('commit');
  } finally {
    await client.end();
  }
  const url = new URL(options.url);
  url.username = READER;
  url.password = READER_PASSWORD;
  return url.href;
}

/** Roles belong to the whole server: another world's database may have it already. */
async function createReader(client: Client): Promise<void> {
  await client.query(
    `do $$ begin create role ${READER} login password '${READER_PASSWORD}';
     exception when duplicate_object or unique_violation then null; end $$`,
  );
}

function* map<From, To>(items: Iterable<From>, change: (item: From) => To): Generator<To> {
  for (const item of items) yield change(item);
}

/** Inserts rows as they come, a few thousand a statement. */
async function insertAll(client: Client, table: string, rows: Iterable<object>): Promise<void> {
  let batch: object[] = [];
  const flush = async (): Promise<void> => {
    const first = batch[0];
    if (first === undefined) return;
    const columns = Object.keys(first).join(', ');
    await client.query(
      `insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, $1::json)`,
      [JSON.stringify(batch)],
    );
    batch = [];
  };
  for (const row of rows) {
    batch.push(row);
    if (batch.length >= ROWS_A_STATEMENT) await flush();
  }
  await flush();
}
