import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseConnectionString } from '../postgres/connection-settings.ts';
import { connectPostgres } from '../postgres/warehouse.ts';
import { projectOf, TEST_TARGET } from '../testing/project-of.ts';
import type { Connect } from '../warehouse/warehouse.ts';
import { exitCodeOf, type RunResult } from './result.ts';
import { runProject, type RunOptions } from './run-project.ts';

let database: TestDatabase;
let client: Client;
let connect: Connect;

beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  connect = connectPostgres(parseConnectionString(database.url));
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    "create schema raw; create table raw.t (id int, v text, at timestamp); insert into raw.t values (1, 'a', '2024-01-01 05:00'), (2, 'b', '2024-01-02 05:00')",
  );
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

type Files = Readonly<Record<string, string>>;

const SOURCES = { 'models/sources.yml': 'sources: [{name: raw, tables: [{name: t, config: {event_time: at}}]}]' };

const run = (files: Files, options: Partial<RunOptions> = {}): Promise<RunResult> =>
  runProject({
    project: projectOf({ ...SOURCES, ...files }, { target: { ...TEST_TARGET, database: database.name } }),
    verb: 'build',
    connect,
    ...options,
  });

const rowsOf = async (sql: string): Promise<readonly unknown[]> =>
  (await client.query({ text: sql, rowMode: 'array' })).rows as unknown[];

const outcomes = ({ results }: RunResult): Readonly<Record<string, string>> =>
  Object.fromEntries(results.map(({ name, status }) => [name, status]));

test('a snapshot closes what changed and what was deleted, and keeps the rest', async () => {
  const files = {
    'snapshots/s.sql':
      "{% snapshot s %}{{ config(unique_key='id', strategy='check', check_cols=['v'], hard_deletes='invalidate') }}select id, v from {{ source('raw', 't') }}{% endsnapshot %}",
  };
  await run(files);
  await client.query(
    "update raw.t set v = 'a2' where id = 1; delete from raw.t where id = 2; insert into raw.t values (3, 'c')",
  );
  await run(files);
  await run(files);
  expect(await rowsOf('select id, v, dbt_valid_to is null from analytics.s order by id, dbt_valid_from')).toEqual([
    [1, 'a', false],
    [1, 'a2', true],
    [2, 'b', false],
    [3, 'c', true],
  ]);
});

test('a microbatch model is built batch by batch; a batch that fails leaves the others and can be run again', async () => {
  const model = (divisor: string): Files => ({
    'models/m.sql': `{{ config(materialized='incremental', incremental_strategy='microbatch', unique_key='id', event_time='at', batch_size='day', begin='2024-01-01') }} select id, at, 1 / ${divisor} as x from {{ source('raw', 't') }}`,
  });
  const flags = { eventTimeStart: new Date('2024-01-01'), eventTimeEnd: new Date('2024-01-03') };
  const broken = await run(model('(id - 2)'), { flags });
  expect(outcomes(broken)).toEqual({ m: 'partial success' });
  expect(broken.results[0]?.batches?.failed).toEqual([['2024-01-02T00:00:00.000Z', '2024-01-03T00:00:00.000Z']]);
  expect(exitCodeOf(broken)).toBe(1);
  const batches = new Map([['model.shop.m', [{ start: new Date('2024-01-02'), end: new Date('2024-01-03') }]]]);
  await run(model('1'), { batches });
  expect(await rowsOf('select id, x from analytics.m order by 1')).toEqual([
    [1, -1],
    [2, 1],
  ]);
});

test('a materialization of the project builds in one transaction, and leaves nothing when it fails', async () => {
  const files = {
    'macros/m.sql': `{% materialization twice, default %}
{% do run_query(create_table_as(False, this, sql)) %}
{% do run_query('insert into ' ~ this ~ ' ' ~ sql) %}
{% do adapter.commit() %}
{{ return({'relations': [this]}) }}{% endmaterialization %}`,
    'models/good.sql': "{{ config(materialized='twice') }} select 1 as a",
    'models/bad.sql':
      "{{ config(materialized='twice') }} select 1 / (count(*) - 1) as a from pg_class where relname = 'bad'",
  };
  expect(outcomes(await run(files))).toEqual({ good: 'success', bad: 'error' });
  expect(await rowsOf('select a from analytics.good')).toEqual([[1], [1]]);
  expect(await rowsOf("select to_regclass('analytics.bad')")).toEqual([[null]]);
});

test('an enforced contract makes its constraints, and names the columns that break it', async () => {
  const files = {
    'models/kept.sql': "{{ config(materialized='table') }} select 'x' as name, 1 as id",
    'models/broken.sql': 'select 1 as id, 2 as surplus',
    'models/p.yml':
      'models: [{name: kept, config: {contract: {enforced: true}}, columns: [{name: id, data_type: int, constraints: [{type: primary_key}]}, {name: name, data_type: text}]}, {name: broken, config: {contract: {enforced: true}}, columns: [{name: id, data_type: text}]}]',
  };
  const result = await run(files);
  expect(outcomes(result)).toEqual({ kept: 'success', broken: 'error' });
  expect(result.results.find(({ name }) => name === 'broken')?.message).toBe(
    '"broken" does not keep its contract:\n  id: integer in the definition, text in the contract\n  surplus: integer in the definition, missing in the contract',
  );
  expect(
    await rowsOf("select conname from pg_constraint where conrelid = 'analytics.kept'::regclass and contype = 'p'"),
  ).toHaveLength(1);
});

test('failing rows of a test are kept where that is asked for', async () => {
  const files = {
    'models/m.sql': 'select * from (values (1), (null)) t(id)',
    'models/p.yml':
      'models: [{name: m, columns: [{name: id, data_tests: [{not_null: {name: nn, config: {store_failures: true, severity: warn}}}]}]}]',
  };
  expect(outcomes(await run(files))).toEqual({ m: 'success', nn: 'warn' });
  expect(await rowsOf('select * from analytics_dbt_test__audit.nn')).toEqual([[null]]);
});

test('a unit test that fails shows both sides and keeps its model from being built', async () => {
  const files = {
    'models/base.sql': "select id, v from {{ source('raw', 't') }}",
    'models/m.sql': "select id, upper(v) as v from {{ ref('base') }}",
    'models/p.yml':
      "unit_tests: [{name: u, model: m, given: [{input: ref('base'), rows: [{id: 1, v: x}, {id: 2}]}], expect: {rows: [{id: 1, v: X}, {id: 2, v: y}]}}]",
  };
  const result = await run(files);
  expect(outcomes(result)).toEqual({ base: 'success', u: 'fail', m: 'skipped' });
  expect(result.results.find(({ name }) => name === 'u')?.message).toBe(
    'actual differs from expected (id | v)\nexpected, but not there:\n  2 | y\nthere, but not expected:\n  2 | null',
  );
});

test('a hook at the end that fails is a result: what was built stays and is told', async () => {
  const result = await run({
    'dbt_project.yml': "name: shop\non-run-end: ['select 1/0', 'select 1']\n",
    'models/m.sql': 'select 1 as a',
  });
  expect(outcomes(result)).toEqual({ m: 'success', 'shop-on-run-end-0': 'error', 'shop-on-run-end-1': 'skipped' });
  expect(exitCodeOf(result)).toBe(1);
  expect(await rowsOf('select * from analytics.m')).toEqual([[1]]);
});

test('fail-fast leaves the rest, empty builds no rows, defer reads what is built elsewhere', async () => {
  const files = {
    'models/a.sql': "{{ config(materialized='table') }} select id from {{ source('raw', 't') }}",
    'models/b.sql': "{{ config(materialized='table') }} select * from {{ ref('a') }}",
  };
  await run(files, { flags: { empty: true } });
  expect(await rowsOf('select count(*)::int from analytics.a')).toEqual([[0]]);
  await client.query('drop table analytics.a, analytics.b; create table raw.elsewhere as select 7 as id');
  const deferTo = new Map([['model.shop.a', { database: database.name, schema: 'raw', identifier: 'elsewhere' }]]);
  await run(files, { select: ['b'], deferTo });
  expect(await rowsOf('select id from analytics.b')).toEqual([[7]]);
  const broken = { 'models/a.sql': 'select nosuch', 'models/b.sql': 'select 1', 'models/c.sql': 'select 2' };
  const ended = await run(broken, { flags: { failFast: true }, threads: 1 });
  expect(outcomes(ended)).toEqual({ a: 'error', b: 'skipped', c: 'skipped' });
});

test('a materialized view is refreshed, and exchanged for a table without a moment in which it is missing', async () => {
  const view = (kind: string): Files => ({
    'models/m.sql': `{{ config(materialized='${kind}', indexes=[{'columns': ['id']}]) }} select id from {{ source('raw', 't') }}`,
  });
  await run(view('materialized_view'));
  await client.query('insert into raw.t values (9)');
  await run({ 'models/m.sql': view('materialized_view')['models/m.sql'] ?? '' });
  expect(await rowsOf('select count(*)::int from analytics.m')).toEqual([[3]]);
  await run(view('table'));
  expect(await rowsOf("select relkind from pg_class where oid = 'analytics.m'::regclass")).toEqual([['r']]);
});
