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

describe('seed', () => {
  const columns = [
    { name: 'id', type: 'integer', quoted: false },
    { name: 'Name', type: 'text', quoted: true },
  ];

  test('is made from its file, then keeps its table and exchanges the rows', async () => {
    const node = testNode('countries', {}, { type: 'seed' });
    const first = await buildTestNode(warehouse, {
      node,
      seed: {
        columns,
        rows: [
          ['1', 'a'],
          ['2', null],
        ],
      },
    });
    expect(first.rows).toBe(2);
    const [before] = await rowsOf("select 'analytics.countries'::regclass::oid::text");
    await buildTestNode(warehouse, { node, seed: { columns, rows: [['3', 'c']] } });
    expect(await rowsOf('select * from analytics.countries')).toEqual([[3, 'c']]);
    expect(await rowsOf("select 'analytics.countries'::regclass::oid::text")).toEqual([before]);
  });

  test('readers see the former rows while it is loaded', async () => {
    const node = testNode('countries', {}, { type: 'seed' });
    await buildTestNode(warehouse, { node, seed: { columns, rows: [['1', 'a']] } });
    const hook = { sql: 'select pg_sleep(1)', transaction: true };
    const loading = buildTestNode(warehouse, { node, seed: { columns, rows: [['2', 'b']] }, postHooks: [hook] });
    const isLoading =
      "select count(*)::int from pg_stat_activity where query = 'select pg_sleep(1)' and state = 'active' and datname = current_database()";
    while ((await rowsOf(isLoading))[0]?.[0] !== 1);
    expect(await rowsOf('select * from analytics.countries')).toEqual([[1, 'a']]);
    await loading;
    expect(await rowsOf('select * from analytics.countries')).toEqual([[2, 'b']]);
  });

  test('changes its columns with a full refresh only', async () => {
    const node = testNode('countries', {}, { type: 'seed' });
    await buildTestNode(warehouse, { node, seed: { columns, rows: [['1', 'a']] } });
    const wider = [...columns, { name: 'code', type: 'text', quoted: false }];
    const error = await rejection(
      buildTestNode(warehouse, { node, seed: { columns: wider, rows: [['1', 'a', 'x']] } }),
    );
    expect(error.message).toContain('column "code" of relation "countries" does not exist');
    await buildTestNode(warehouse, { node, seed: { columns: wider, rows: [['1', 'a', 'x']] }, fullRefresh: true });
    expect(await rowsOf('select * from analytics.countries')).toEqual([[1, 'a', 'x']]);
  });

  test('loads more rows than one statement has parameters', async () => {
    const node = testNode('many', {}, { type: 'seed' });
    const rows = Array.from({ length: 40_000 }, (_, index) => [String(index), 'x']);
    await buildTestNode(warehouse, { node, seed: { columns, rows } });
    expect(await rowsOf('select count(*)::int, max(id) from analytics.many')).toEqual([[40_000, 39_999]]);
  });
});

describe('what every materialization shares', () => {
  test('runs hooks in dbt’s order, inside and outside the transaction', async () => {
    await rowsOf('create table public.log (entry text, tx text)');
    const note = (entry: string, transaction: boolean): { sql: string; transaction: boolean } => ({
      sql: `insert into public.log select '${entry}', pg_current_xact_id()::text`,
      transaction,
    });
    await buildTestNode(warehouse, {
      node: testNode('orders', { materialized: 'table' }),
      sql: 'select 1 as id',
      preHooks: [note('pre inner', true), note('pre outer', false)],
      postHooks: [note('post outer', false), note('post inner', true)],
    });
    expect(await rowsOf('select entry from public.log')).toEqual([
      ['pre outer'],
      ['pre inner'],
      ['post inner'],
      ['post outer'],
    ]);
    expect(await rowsOf("select count(distinct tx)::int from public.log where entry like '%inner'")).toEqual([[1]]);
  });

  test('writes grants and comments from the configuration', async () => {
    const node = {
      ...testNode('orders', {
        materialized: 'table',
        grants: { select: ['public'] },
        persist_docs: { relation: true, columns: true },
      }),
      description: "the customer's orders",
      columns: [{ name: 'id', description: 'the key', dataType: null, quote: null, tags: [], meta: {} }],
    };
    await buildTestNode(warehouse, { node, sql: 'select 1 as id' });
    expect(
      await rowsOf(
        "select obj_description('analytics.orders'::regclass), col_description('analytics.orders'::regclass, 1), relacl::text ~ '=r/' from pg_class where oid = 'analytics.orders'::regclass",
      ),
    ).toEqual([["the customer's orders", 'the key', true]]);
  });

  test('grants of a relation that stays are brought in line with the configuration', async () => {
    const node = testNode('log', { materialized: 'incremental', grants: { select: ['public'], insert: ['public'] } });
    const acl =
      "select relacl::text ~ '[{,]=ar/', relacl::text ~ '[{,]=r/' from pg_class where oid = 'analytics.log'::regclass";
    await buildTestNode(warehouse, { node, sql: 'select 1 as id' });
    expect(await rowsOf(acl)).toEqual([[true, false]]);
    await buildTestNode(warehouse, {
      node: { ...node, config: { ...node.config, grants: { select: ['public'] } } },
      sql: 'select 1 as id',
    });
    expect(await rowsOf(acl)).toEqual([[false, true]]);
  });

  test('two runs that build the same relation take turns', async () => {
    const node = testNode('log', { materialized: 'incremental', unique_key: 'id' });
    await buildTestNode(warehouse, { node, sql: 'select 1 as id' });
    await Promise.all(
      [1, 2, 3].map(() =>
        buildTestNode(warehouse, { node, sql: 'select 1 as id, pg_sleep(0.1)::text as b limit 1' }).catch(
          () => undefined,
        ),
      ),
    );
    await Promise.all(
      [1, 2, 3].map(() => buildTestNode(warehouse, { node, sql: 'select id from (select 1 as id, pg_sleep(0.1)) s' })),
    );
    expect(await rowsOf('select * from analytics.log')).toEqual([[1]]);
  });

  test('an aborted signal ends the running query on the server', async () => {
    const controller = new AbortController();
    const building = rejection(
      buildTestNode(warehouse, {
        node: testNode('slow', { materialized: 'table' }),
        sql: 'select 1 as a from pg_sleep(60)',
        signal: controller.signal,
      }),
    );
    const running =
      "select count(*)::int from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid() and datname = current_database()";
    while ((await rowsOf(running))[0]?.[0] !== 1);
    controller.abort();
    expect((await building).name).toBe('CancelledError');
    expect(await rowsOf(running)).toEqual([[0]]);
    expect(await rowsOf("select relname from pg_class where relname like 'slow%'")).toEqual([]);
  });
});
