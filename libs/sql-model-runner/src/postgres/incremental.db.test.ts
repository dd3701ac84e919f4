import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildTestNode, testNode } from '../testing/build-request.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { parseConnectionString } from './connection-settings.ts';
import { connectPostgres } from './warehouse.ts';

let database: TestDatabase;
let warehouse: Warehouse;

beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  warehouse = await connectPostgres(parseConnectionString(database.url))({ sessions: 4 });
});

afterEach(async () => {
  await warehouse.close();
  await database.drop();
});

const rowsOf = async (sql: string): Promise<readonly (readonly unknown[])[]> =>
  (await warehouse.withSession((session) => session.execute(sql))).rows;

const rejection = async (promise: Promise<unknown>): Promise<Error> => {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(Error);
  return outcome as Error;
};

describe('incremental', () => {
  const days = (values: string): string =>
    `select device, queried_at::timestamp, amount from (values ${values}) as v(device, queried_at, amount)`;

  test('writes over rows of the same key, expressions in the key included', async () => {
    const node = testNode('daily', { materialized: 'incremental', unique_key: ['device', 'queried_at::date'] });
    await buildTestNode(warehouse, {
      node,
      sql: days("('a', '2024-01-01 10:00', 1), ('a', '2024-01-02 10:00', 2), ('b', '2024-01-01 10:00', 3)"),
    });
    const outcome = await buildTestNode(warehouse, {
      node,
      sql: days("('a', '2024-01-01 22:00', 9), ('c', '2024-01-01 00:00', 4)"),
    });
    expect(outcome.rows).toBe(2);
    expect(await rowsOf('select device, queried_at::text, amount from analytics.daily order by 1, 2')).toEqual([
      ['a', '2024-01-01 22:00:00', 9],
      ['a', '2024-01-02 10:00:00', 2],
      ['b', '2024-01-01 10:00:00', 3],
      ['c', '2024-01-01 00:00:00', 4],
    ]);
  });

  test('appends without a key, and keeps rows whose key is null, as dbt does', async () => {
    const appended = testNode('log', { materialized: 'incremental' });
    for (const id of [1, 1]) await buildTestNode(warehouse, { node: appended, sql: `select ${id} as id` });
    expect(await rowsOf('select * from analytics.log')).toEqual([[1], [1]]);
    const keyed = testNode('keyed', { materialized: 'incremental', unique_key: 'id' });
    for (const _ of [1, 2]) await buildTestNode(warehouse, { node: keyed, sql: 'select null::int as id' });
    expect(await rowsOf('select * from analytics.keyed')).toEqual([[null], [null]]);
  });

  test('merges', async () => {
    const node = testNode('m', {
      materialized: 'incremental',
      unique_key: 'id',
      incremental_strategy: 'merge',
      merge_exclude_columns: ['first'],
    });
    await buildTestNode(warehouse, { node, sql: "select 1 as id, 'a' as first, 'a' as last" });
    await buildTestNode(warehouse, {
      node,
      sql: "select 1 as id, 'b' as first, 'b' as last union all select 2, 'c', 'c'",
    });
    expect(await rowsOf('select * from analytics.m order by id')).toEqual([
      [1, 'a', 'b'],
      [2, 'c', 'c'],
    ]);
  });

  test('is built anew by a full refresh', async () => {
    const node = testNode('log', { materialized: 'incremental' });
    await buildTestNode(warehouse, { node, sql: 'select 1 as id' });
    await buildTestNode(warehouse, { node, sql: 'select 2 as id', fullRefresh: true });
    expect(await rowsOf('select * from analytics.log')).toEqual([[2]]);
  });

  const columnsOfS =
    "select attname::text from pg_attribute where attrelid = 'analytics.s'::regclass and attnum > 0 and not attisdropped";

  test('on_schema_change ignore writes the columns of the table, and fails as dbt does when one is no longer selected', async () => {
    const node = testNode('s', { materialized: 'incremental' });
    await buildTestNode(warehouse, { node, sql: 'select 1 as a' });
    await buildTestNode(warehouse, { node, sql: 'select 2 as a, 3 as b' });
    expect(await rowsOf('select * from analytics.s order by a')).toEqual([[1], [2]]);
    const error = await rejection(buildTestNode(warehouse, { node, sql: 'select 3 as b' }));
    expect(error.message).toContain('column "a" does not exist');
  });

  test.each([
    [
      'append_new_columns',
      [
        ['1', null, null],
        ['2', null, 'c'],
      ],
      ['a', 'b', 'c'],
    ],
    [
      'sync_all_columns',
      [
        ['1', null],
        ['2', 'c'],
      ],
      ['a', 'c'],
    ],
  ])('on_schema_change %s', async (policy, expected, columns) => {
    const node = testNode('s', { materialized: 'incremental', on_schema_change: policy });
    await buildTestNode(warehouse, { node, sql: "select '1' as a, null::text as b" });
    await buildTestNode(warehouse, { node, sql: "select '2' as a, 'c' as c" });
    expect(await rowsOf('select * from analytics.s order by a')).toEqual(expected);
    expect((await rowsOf(columnsOfS)).flat()).toEqual(columns);
  });

  test('on_schema_change fail names the columns and changes nothing', async () => {
    const node = testNode('s', { materialized: 'incremental', on_schema_change: 'fail' });
    await buildTestNode(warehouse, { node, sql: 'select 1 as a, 1 as b' });
    const error = await rejection(buildTestNode(warehouse, { node, sql: "select 'x' as a, 1 as c" }));
    expect(error.message).toContain('not in the table: c; only in the table: b; of another type: a');
  });

  test('sync_all_columns changes a type below a view, and the column keeps its place', async () => {
    const node = testNode('s', { materialized: 'incremental', on_schema_change: 'sync_all_columns' });
    await buildTestNode(warehouse, { node, sql: 'select 1 as a, 1 as b' });
    await rowsOf('create view public.above as select a from analytics.s');
    await buildTestNode(warehouse, { node, sql: 'select 2::bigint as a, 2 as b' });
    expect(await rowsOf('select pg_typeof(a)::text, a from public.above order by a')).toEqual([
      ['bigint', 1],
      ['bigint', 2],
    ]);
    expect((await rowsOf(columnsOfS)).flat()).toEqual(['a', 'b']);
  });

  test('widens a varchar that has become too short, also below a view', async () => {
    const node = testNode('s', { materialized: 'incremental' });
    await buildTestNode(warehouse, { node, sql: "select 'ab'::varchar(2) as a, 1 as b" });
    await rowsOf('create view public.above as select a from analytics.s');
    await buildTestNode(warehouse, { node, sql: "select 'abcd'::varchar(4) as a, 2 as b" });
    expect(await rowsOf('select a from public.above order by a')).toEqual([['ab'], ['abcd']]);
  });
});
