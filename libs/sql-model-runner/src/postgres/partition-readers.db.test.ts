import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { runProject, type RunOptions } from '../run/run-project.ts';
import type { RunResult } from '../run/result.ts';
import { projectOf, TEST_TARGET } from '../testing/project-of.ts';
import type { Connect } from '../warehouse/warehouse.ts';
import { parseConnectionString } from './connection-settings.ts';
import { connectPostgres } from './warehouse.ts';

let database: TestDatabase;
let client: Client;
let connect: Connect;

beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  client = new Client({ connectionString: database.url });
  await client.connect();
  connect = connectPostgres(parseConnectionString(database.url));
  await client.query(`
    create schema raw;
    create table raw.r (id int, day date, v int);
    insert into raw.r values (1, '2024-01-15', 10), (2, '2024-02-29', 20), (3, '2024-02-01', 30), (4, '2024-04-30', 40)`);
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

const NOW = new Date('2024-05-10T12:00:00Z');

function run(files: Readonly<Record<string, string>>, options: Partial<RunOptions> = {}): Promise<RunResult> {
  const project = projectOf(files, { target: { ...TEST_TARGET, database: database.name } });
  return runProject({ project, verb: 'run', connect, now: () => NOW, ...options });
}

const model = (config: string, sql = 'select id, day, v from raw.r'): Readonly<Record<string, string>> => ({
  'models/t.sql': `{{ config(${config}) }} ${sql}`,
});
const TABLE = "materialized='table', partition_by={'field': 'day', 'granularity': 'month'}";
const INCREMENTAL = TABLE.replace("'table'", "'incremental'");

const rowsOf = async (sql: string): Promise<readonly (readonly unknown[])[]> =>
  (await client.query({ text: sql, rowMode: 'array' })).rows as (readonly unknown[])[];
const errorsOf = ({ results }: RunResult): readonly (string | null)[] =>
  results.filter(({ status }) => status !== 'success').map(({ message }) => message);
const contents = (): Promise<readonly (readonly unknown[])[]> =>
  rowsOf('select tableoid::regclass::text, id, v from analytics.t order by id, v');

interface LeafState {
  readonly name: string;
  readonly persistence: string;
  readonly file: string;
  readonly indexes: number;
}

async function leaves(): Promise<readonly LeafState[]> {
  const { rows } = await client.query<LeafState>(
    `select c.relname::text as name, c.relpersistence::text as persistence, c.relfilenode::text as file, (select count(*)::int from pg_index where indrelid = c.oid) as indexes
     from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = to_regclass('analytics.t') order by 1`,
  );
  return rows;
}

describe('readers and a partitioned table', () => {
  /** Reads as fast as it can; every read that does not find the ten rows of a turn counts. */
  async function readUntil(stop: AbortSignal): Promise<{ reads: number; failures: string[] }> {
    const reader = new Client({ connectionString: database.url });
    await reader.connect();
    const failures: string[] = [];
    let reads = 0;
    while (!stop.aborted && failures.length < 10) {
      try {
        const { rows } = await reader.query<{ n: number; turns: number }>(
          'select count(*)::int as n, count(distinct v)::int as turns from analytics.t',
        );
        if (rows[0]?.n !== 10 || rows[0].turns !== 1) failures.push(JSON.stringify(rows[0]));
      } catch (error) {
        failures.push((error as Error).message);
      }
      reads += 1;
    }
    await reader.end();
    return { reads, failures };
  }

  test.each(['table', 'incremental'])('always find the rows of one turn (%s)', async (materialized) => {
    const files = (turn: number): Readonly<Record<string, string>> =>
      model(
        `${TABLE.replace("'table'", `'${materialized}'`)}, unique_key='id'`,
        `select n as id, date '2024-01-01' + n * 20 as day, ${turn} as v from generate_series(1, 10) n`,
      );
    await run(files(0));
    await client.query('create view public.above as select * from analytics.t');
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const readers = [readUntil(stop.signal), readUntil(stop.signal)];
    for (let turn = 1; turn <= 12; turn += 1) expect(errorsOf(await run(files(turn)))).toEqual([]);
    stop.abort();
    for (const { reads, failures } of await Promise.all(readers)) {
      expect(failures).toEqual([]);
      expect(reads).toBeGreaterThan(12);
    }
    expect(await rowsOf('select distinct v from public.above')).toEqual([[12]]);
  });

  test('a run that is killed in the middle changes nothing and leaves nothing behind', async () => {
    const files = (sleep: string): Readonly<Record<string, string>> =>
      model(`${INCREMENTAL}, unique_key='id', post_hook="${sleep}"`, 'select id, day, v + 1 as v from raw.r');
    await run(files('select 1'));
    const before = [await contents(), await leaves()];
    for (const fullRefresh of [false, true]) {
      const running = run(files('select pg_sleep(60)'), { fullRefresh });
      let pid: unknown;
      while (pid === undefined)
        pid = (
          await rowsOf("select pid from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()")
        )[0]?.[0];
      await client.query('select pg_terminate_backend($1)', [pid]);
      expect((await running).results[0]).toMatchObject({ status: 'error', retryability: 'transient' });
      expect([await contents(), await leaves()]).toEqual(before);
    }
    expect(errorsOf(await run(files('select 1')))).toEqual([]);
    expect(
      await rowsOf("select count(*)::int from pg_class where relname like '%dbt%' and relkind in ('r', 'p')"),
    ).toEqual([[0]]);
  });
});
