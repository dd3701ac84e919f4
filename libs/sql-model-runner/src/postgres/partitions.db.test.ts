import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

const names = async (): Promise<readonly string[]> => (await leaves()).map(({ name }) => name);

describe('a partitioned table', () => {
  test('is made of months, those ahead among them, with its indexes, and built anew without leftovers', async () => {
    const files = model(
      `${TABLE}, unlogged=true, indexes=[{'columns': ['v']}, {'columns': ['id', 'day'], 'unique': True}]`,
    );
    expect((await run(files)).results[0]).toMatchObject({ status: 'success', rows: 4 });
    const first = await leaves();
    expect(first.map(({ name }) => name)).toEqual(['t_p202401', 't_p202402', 't_p202404', 't_p202405', 't_p202406']);
    expect(first.every(({ persistence, indexes }) => persistence === 'u' && indexes === 2)).toBe(true);
    expect(await contents()).toEqual([
      ['analytics.t_p202401', 1, 10],
      ['analytics.t_p202402', 2, 20],
      ['analytics.t_p202402', 3, 30],
      ['analytics.t_p202404', 4, 40],
    ]);
    await client.query("insert into raw.r values (5, '2024-03-31', 50)");
    expect((await run(files)).results[0]).toMatchObject({ status: 'success', rows: 5 });
    expect(await names()).toEqual(['t_p202401', 't_p202402', 't_p202403', 't_p202404', 't_p202405', 't_p202406']);
    expect(
      await rowsOf(
        "select relname::text from pg_class where relnamespace = 'analytics'::regnamespace and relname like '%dbt%' and relkind in ('r', 'p')",
      ),
    ).toEqual([]);
  });

  test.each([
    ['date', 'day', 'day::date'],
    ['timestamp', 'month', "day::timestamp + interval '23:59:59'"],
    ['timestamptz', 'year', "(day::timestamp at time zone 'UTC') + interval '23:59:59'"],
    ['timestamptz', 'day', "(day::timestamp at time zone 'UTC') + interval '23:59:59'"],
  ])('takes a %s by %s', async (_, granularity, expression) => {
    const files = model(
      `materialized='incremental', unique_key='id', partition_by={'field': 'at', 'granularity': '${granularity}'}`,
      `select id, v, ${expression} as at from raw.r`,
    );
    expect(errorsOf(await run(files))).toEqual([]);
    expect(errorsOf(await run(files))).toEqual([]);
    expect(await rowsOf('select count(*)::int from analytics.t')).toEqual([[4]]);
    const suffix = { day: '20240229', month: '202402', year: '2024' }[granularity];
    expect(await rowsOf('select tableoid::regclass::text from analytics.t where id = 2')).toEqual([
      [`analytics.t_p${suffix}`],
    ]);
  });

  test('parts days by UTC, whatever time zone a hook sets', async () => {
    const files = model(
      `${TABLE.replace("'day'", "'at'")}, pre_hook="set local time zone 'Asia/Tokyo'"`,
      "select id, v, (day::timestamp at time zone 'UTC') + interval '23:00' as at from raw.r",
    );
    expect(errorsOf(await run(files))).toEqual([]);
    expect(await rowsOf('select tableoid::regclass::text from analytics.t where id = 2')).toEqual([
      ['analytics.t_p202402'],
    ]);
    expect(await rowsOf('select count(*)::int from analytics.t')).toEqual([[4]]);
  });

  test('keeps grants, comments and the views above it, also when it takes the place of a plain table', async () => {
    const reader = `reader_${database.name}`;
    await run(model("materialized='table'"));
    await client.query(`
      create role ${reader};
      grant select on analytics.t to ${reader}; comment on table analytics.t is 'kept'; comment on column analytics.t.v is 'kept too';
      create view public.above as select id, v from analytics.t`);
    for (let turn = 0; turn < 2; turn += 1) expect(errorsOf(await run(model(TABLE)))).toEqual([]);
    expect(
      await rowsOf(
        `select relkind, obj_description('analytics.t'::regclass), col_description('analytics.t'::regclass, 3), has_table_privilege('${reader}', 'analytics.t', 'select'), (select count(*)::int from public.above) from pg_class where oid = 'analytics.t'::regclass`,
      ),
    ).toEqual([['p', 'kept', 'kept too', true, 4]]);
    expect(errorsOf(await run(model("materialized='table'")))).toEqual([]);
    expect(await rowsOf('select (select count(*)::int from public.above)')).toEqual([[4]]);
    expect(await names()).toEqual([]);
    await client.query(`drop owned by ${reader}; drop role ${reader}`);
  });

  test('exchanges its partitions below a view of another role, and fails when the columns change', async () => {
    const [builder, other] = [`builder_${database.name}`, `other_${database.name}`];
    await client.query(
      `create role ${builder}; create role ${other}; grant create on database ${database.name} to ${builder}; grant create on schema public to ${other};
       grant usage on schema raw to ${builder}; grant select on raw.r to ${builder}`,
    );
    const asBuilder = { connect: connectPostgres({ ...parseConnectionString(database.url), role: builder }) };
    await run(model(`${TABLE}, indexes=[{'columns': ['v']}]`), asBuilder);
    await client.query(`grant usage on schema analytics to ${other}; grant select on analytics.t to ${other};
      set role ${other}; create view public.theirs as select id, v from analytics.t; reset role; insert into raw.r values (5, '2024-03-01', 50); delete from raw.r where id = 1`);
    const { warnings, results } = await run(model(`${TABLE}, indexes=[{'columns': ['v']}]`), asBuilder);
    expect(results[0]).toMatchObject({ status: 'success', rows: 4 });
    expect(warnings).toEqual([expect.stringContaining('its partitions were exchanged')]);
    expect(await rowsOf('select id from public.theirs order by 1')).toEqual([[2], [3], [4], [5]]);
    expect((await leaves()).map(({ name, indexes }) => [name, indexes])).toContainEqual(['t_p202403', 1]);
    expect(errorsOf(await run(model(TABLE, 'select id, day, v::text as v from raw.r'), asBuilder))).toEqual([
      expect.stringContaining(`belongs to "${other}"`),
    ]);
    await client.query(
      `drop view public.theirs; drop owned by ${other}, ${builder} cascade; drop role ${other}; drop role ${builder}`,
    );
  });

  test('leaves out and drops what is older than the retention, counted from the moment of the run', async () => {
    const keeping = (materialized: string): Readonly<Record<string, string>> =>
      model(`materialized='${materialized}', unique_key='id', partition_by={'field': 'day', 'retention': '3 months'}`);
    await run(keeping('table'));
    expect(await names()).toEqual(['t_p202402', 't_p202404', 't_p202405', 't_p202406']);
    expect(await rowsOf('select id from analytics.t order by 1')).toEqual([[2], [3], [4]]);
    await run(keeping('incremental'), { now: () => new Date('2024-07-01T00:00:00Z') });
    expect(await names()).toEqual(['t_p202404', 't_p202405', 't_p202406', 't_p202407', 't_p202408']);
    expect(await rowsOf('select id from analytics.t order by 1')).toEqual([[4]]);
  });

  test('follows an enforced contract', async () => {
    const contract = (config: string): Readonly<Record<string, string>> => ({
      ...model(`${config}, contract={'enforced': true}`),
      'models/t.yml':
        'models: [{name: t, columns: [{name: v, data_type: bigint}, {name: day, data_type: date, constraints: [{type: not_null}]}, {name: id, data_type: int}], constraints: [{type: primary_key, columns: [id, day]}]}]',
    });
    const files = Object.fromEntries(
      Object.entries(contract(`${INCREMENTAL}, unique_key='id'`)).map(([path, text]) => [
        path,
        text.replace('select id, day, v', 'select id, day, v::bigint as v'),
      ]),
    );
    for (let turn = 0; turn < 2; turn += 1) expect(errorsOf(await run(files))).toEqual([]);
    expect(
      await rowsOf("select attname::text from pg_attribute where attrelid = 'analytics.t'::regclass and attnum > 0"),
    ).toEqual([['v'], ['day'], ['id']]);
    expect((await leaves()).every(({ indexes }) => indexes === 1)).toBe(true);
  });

  test.each([
    [
      "{'field': 'dey'}",
      'models/t.sql:1: config "partition_by.field" is "dey", and the model has no such column; did you mean "day"?',
    ],
    [
      "{'field': 'v'}",
      'models/t.sql:1: config "partition_by.field" is "v", a column of type integer; expected a date or a timestamp',
    ],
    [
      "{'field': 'day', 'granularity': 'hour'}",
      'models/t.sql:1: config "partition_by.granularity" is hour; expected one of',
    ],
  ])('refuses %s and leaves the table alone', async (partitionBy, message) => {
    await run(model("materialized='table'"));
    for (const materialized of ['table', 'incremental'])
      expect(errorsOf(await run(model(`materialized='${materialized}', partition_by=${partitionBy}`)))).toEqual([
        expect.stringContaining(message),
      ]);
    expect(await rowsOf('select count(*)::int from analytics.t')).toEqual([[4]]);
  });

  test('refuses rows that belong to no partition, and a unique index that cannot hold', async () => {
    const incremental = model(`${INCREMENTAL}, unique_key='id'`);
    await run(incremental);
    await client.query('insert into raw.r values (6, null, 60), (7, null, 70)');
    const message =
      'models/t.sql: 2 rows have no value in "day", which config "partition_by.field" names, and so belong to no partition';
    for (const files of [model(TABLE), incremental])
      expect(errorsOf(await run(files))).toEqual([expect.stringContaining(message)]);
    await client.query('delete from raw.r where id = 7');
    for (const day of ['infinity', '-infinity', '0024-01-01', '12024-01-01', '0044-03-15 BC']) {
      await client.query(`update raw.r set day = '${day}' where id = 6`);
      for (const files of [model(TABLE), incremental])
        expect(errorsOf(await run(files))).toEqual([
          expect.stringContaining('1 row has no value of the years 1000 to 9998 in "day"'),
        ]);
    }
    expect(await rowsOf('select count(*)::int from analytics.t')).toEqual([[4]]);
    expect(errorsOf(await run(model(`${TABLE}, indexes=[{'columns': ['id'], 'unique': True}]`)))).toEqual([
      expect.stringContaining('a unique index over id without "day"'),
    ]);
    await client.query('delete from raw.r where id = 6');
    await client.query(
      "insert into raw.r select 10, d::date, 1 from generate_series(timestamp '2000-01-01', '2012-01-01', '1 day') d",
    );
    expect(errorsOf(await run(model(TABLE.replace('month', 'day'))))).toEqual([
      expect.stringContaining('choose a coarser one'),
    ]);
  });
});

describe('a partitioned incremental model', () => {
  const NEW_ONLY = 'select id, day, v from raw.r {% if is_incremental() %} where v > 1000 {% endif %}';

  test('writes only the partitions anew that lose or gain rows', async () => {
    const files = model(`${INCREMENTAL}, unique_key='id', indexes=[{'columns': ['v']}]`, NEW_ONLY);
    await run(files);
    const before = new Map((await leaves()).map(({ name, file }) => [name, file]));
    // 1 moves from January to March, which is new; 2 stays in February; 5 is new in February.
    await client.query(
      "insert into raw.r values (1, '2024-03-05', 1001), (2, '2024-02-28', 1002), (5, '2024-02-03', 1005)",
    );
    const { results } = await run(files);
    expect(results[0]).toMatchObject({ status: 'success', rows: 3 });
    expect(await contents()).toEqual([
      ['analytics.t_p202403', 1, 1001],
      ['analytics.t_p202402', 2, 1002],
      ['analytics.t_p202402', 3, 30],
      ['analytics.t_p202404', 4, 40],
      ['analytics.t_p202402', 5, 1005],
    ]);
    const after = await leaves();
    expect(after.filter(({ name, file }) => before.get(name) === file).map(({ name }) => name)).toEqual([
      't_p202404',
      't_p202405',
      't_p202406',
    ]);
    expect(after.every(({ indexes }) => indexes === 1)).toBe(true);
    expect(await rowsOf("select count(*)::int from pg_constraint where conname like 'ovis%'")).toEqual([[0]]);
  });

  test.each(['append', 'merge'])('takes rows by %s, into partitions that are made for them', async (strategy) => {
    const key = strategy === 'merge' ? ", unique_key='id'" : '';
    const files = model(`${INCREMENTAL}, incremental_strategy='${strategy}'${key}`, NEW_ONLY);
    await run(files);
    await client.query("insert into raw.r values (1, '2025-01-05', 1001), (9, '2023-12-31', 1009)");
    expect(errorsOf(await run(files))).toEqual([]);
    expect(await rowsOf('select id, v from analytics.t where v > 1000 order by 1')).toEqual([
      [1, 1001],
      [9, 1009],
    ]);
    expect(await rowsOf('select count(*)::int from analytics.t')).toEqual([[strategy === 'merge' ? 5 : 6]]);
    expect(await names()).toContain('t_p202312');
  });

  test('has statistics of the whole table, renewed when much has come', async () => {
    const files = model(`${INCREMENTAL}, unique_key='id'`, NEW_ONLY);
    const known = async (): Promise<unknown> =>
      (await rowsOf("select reltuples::int from pg_class where oid = 'analytics.t'::regclass"))[0]?.[0];
    await run(files);
    expect(await known()).toBe(4);
    await client.query("insert into raw.r select 100 + n, '2024-04-04', 2000 from generate_series(1, 50) n");
    await run(files);
    expect(await known()).toBe(54);
    await client.query("delete from raw.r where v > 1000; insert into raw.r values (200, '2024-04-04', 2000)");
    await run(files);
    expect(await known()).toBe(54);
  });

  test('agrees with the plain table, whatever is loaded', async () => {
    const config = "materialized='incremental', unique_key='id', on_schema_change='append_new_columns'";
    const sql =
      'select id, day, v {extra} from raw.r {% if is_incremental() %} where v >= (select max(v) from {{ this }}) {% endif %}';
    const files = (extra: string): Readonly<Record<string, string>> => ({
      'models/plain.sql': `{{ config(${config}) }} ${sql.replace('{extra}', extra)}`,
      'models/t.sql': `{{ config(${config}, partition_by={'field': 'day', 'granularity': 'month', 'retention': '10 years'}) }} ${sql.replace('{extra}', extra)}`,
    });
    for (let turn = 1; turn <= 6; turn += 1) {
      await client.query(
        `insert into raw.r select (random() * 30)::int, date '2024-01-01' + (random() * 300)::int, ${turn * 1000} + n from generate_series(1, 10) n`,
      );
      const extra = turn > 3 ? ', id * 2 as twice' : '';
      expect(errorsOf(await run(files(extra)))).toEqual([]);
      expect(
        await rowsOf(
          '(table analytics.plain except all table analytics.t) union all (table analytics.t except all table analytics.plain)',
        ),
      ).toEqual([]);
    }
  });

  test('is built anew in full when it was not partitioned, or in another way', async () => {
    const plain = model("materialized='incremental', unique_key='id'", NEW_ONLY);
    const monthly = model(`${INCREMENTAL}, unique_key='id'`, NEW_ONLY);
    const yearly = model(`${INCREMENTAL.replace('month', 'year')}, unique_key='id'`, NEW_ONLY);
    await run(plain);
    const first = await run(monthly);
    expect(first.warnings).toEqual([
      expect.stringContaining('the table is not partitioned yet and is built anew in full'),
    ]);
    expect(first.results[0]?.rows).toBe(4);
    expect((await run(monthly)).warnings).toEqual([]);
    expect((await run(yearly)).warnings).toEqual([expect.stringContaining('partitioned in another way')]);
    expect(await names()).toEqual(['t_p2024', 't_p2025']);
    expect((await run(plain)).warnings).toEqual([expect.stringContaining('the model no longer is')]);
    expect(await rowsOf('select count(*)::int from analytics.t')).toEqual([[4]]);
    const kept = model(`${INCREMENTAL}, unique_key='id', full_refresh=false`, NEW_ONLY);
    expect(errorsOf(await run(kept))).toEqual([
      expect.stringContaining('the table is not partitioned yet (config "partition_by")'),
    ]);
  });
});
