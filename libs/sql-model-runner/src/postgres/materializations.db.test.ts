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

describe('table', () => {
  test('is built with its rows and indexes and counts the rows', async () => {
    const node = testNode('orders', {
      materialized: 'table',
      indexes: [{ columns: ['id'], unique: true }, { columns: ['lower(name)'] }],
    });
    const outcome = await buildTestNode(warehouse, {
      node,
      sql: "select 1 as id, 'a' as name union all select 2, 'b'",
    });
    expect(outcome.rows).toBe(2);
    expect(await rowsOf('select * from analytics.orders order by id')).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
    const indexes = await rowsOf(
      "select regexp_replace(indexdef, 'INDEX \\S+ ', 'INDEX ') from pg_indexes where tablename = 'orders' order by 1",
    );
    expect(indexes).toEqual([
      ['CREATE INDEX ON analytics.orders USING btree (lower(name))'],
      ['CREATE UNIQUE INDEX ON analytics.orders USING btree (id)'],
    ]);
  });

  test('keeps grants, comments and every view above it when it is replaced', async () => {
    const node = testNode('orders', { materialized: 'table' });
    await buildTestNode(warehouse, { node, sql: 'select 1 as id, 10 as amount' });
    await rowsOf(`
      create role reader_of_${database.name};
      grant select on analytics.orders to reader_of_${database.name};
      grant update (amount) on analytics.orders to public;
      comment on table analytics.orders is 'one row an order';
      comment on column analytics.orders.amount is 'in cents';
      create view public.big with (security_barrier) as select id from analytics.orders where amount > 5;
      create view public.bigger as select id from public.big;
      grant select on public.big to public`);
    await buildTestNode(warehouse, { node, sql: 'select 2 as id, 20 as amount, true as paid' });
    expect(await rowsOf('select id from public.bigger')).toEqual([[2]]);
    expect(
      await rowsOf(
        `select has_table_privilege('reader_of_${database.name}', 'analytics.orders', 'select'), has_column_privilege('reader_of_${database.name}', 'analytics.orders', 'amount', 'update'), has_table_privilege('reader_of_${database.name}', 'public.big', 'select'), (select reloptions::text from pg_class where relname = 'big')`,
      ),
    ).toEqual([[true, true, true, '{security_barrier=true}']]);
    expect(
      await rowsOf(
        "select obj_description('analytics.orders'::regclass), col_description('analytics.orders'::regclass, 2)",
      ),
    ).toEqual([['one row an order', 'in cents']]);
    expect(await rowsOf("select relname from pg_class where relname like '%dbt%'")).toEqual([]);
    await rowsOf(
      `revoke all on analytics.orders from reader_of_${database.name}; drop role reader_of_${database.name}`,
    );
  });

  test('makes views and materialized views again when column types change', async () => {
    const node = testNode('orders', { materialized: 'table' });
    await buildTestNode(warehouse, { node, sql: 'select 1 as id, 10 as amount' });
    await rowsOf(`
      create view public.v as select id, amount from analytics.orders;
      create materialized view public.m as select amount from public.v;
      create index m_amount on public.m (amount);
      comment on view public.v is 'kept';
      grant select on public.m to public`);
    await buildTestNode(warehouse, { node, sql: 'select 2 as id, 2.5::numeric as amount' });
    expect(await rowsOf('select amount from public.m')).toEqual([['2.5']]);
    expect(
      await rowsOf(
        "select obj_description('public.v'::regclass), (select count(*)::int from pg_indexes where tablename = 'm'), (select relacl::text ~ '=r/' from pg_class where relname = 'm')",
      ),
    ).toEqual([['kept', 1, true]]);
  });

  test('reports a view that no longer fits instead of losing it silently', async () => {
    const node = testNode('orders', { materialized: 'table' });
    await buildTestNode(warehouse, { node, sql: 'select 1 as id, 10 as amount' });
    await rowsOf(
      'create view public.v as select amount from analytics.orders; create view public.w as select id from analytics.orders',
    );
    const warnings: string[] = [];
    await buildTestNode(warehouse, { node, sql: 'select 1 as id', warnings });
    expect(warnings).toEqual([
      'the view "public"."v" no longer fits what it reads and was dropped: column "amount" does not exist; make it again to fit the new columns',
    ]);
    expect(await rowsOf('select * from public.w')).toEqual([[1]]);
  });

  test('exchanges its rows in place below a view of another role, and fails when the columns change', async () => {
    const [builder, other] = [`builder_${database.name}`, `other_${database.name}`];
    await rowsOf(
      `create role ${builder}; create role ${other}; grant create on database ${database.name} to ${builder}; grant create on schema public to ${other}`,
    );
    const settings = { ...parseConnectionString(database.url), role: builder };
    await using own = await connectPostgres(settings)({ sessions: 1 });
    const node = testNode('orders', { materialized: 'table' });
    await buildTestNode(own, { node, sql: 'select 1 as id' });
    await rowsOf(`grant usage on schema analytics to ${other}; grant select on analytics.orders to ${other};
      set role ${other}; create view public.theirs as select id from analytics.orders; reset role`);
    const warnings: string[] = [];
    await buildTestNode(own, { node, sql: 'select 2 as id', warnings });
    expect(warnings.join()).toContain('its rows were exchanged in place');
    expect(await rowsOf('select * from public.theirs')).toEqual([[2]]);
    const error = await rejection(buildTestNode(own, { node, sql: "select 'x' as id" }));
    expect(error.message).toContain(`the view "public"."theirs" reads "analytics"."orders" and belongs to "${other}"`);
    expect(await rowsOf('select * from public.theirs')).toEqual([[2]]);
    await rowsOf(
      `drop view public.theirs; drop owned by ${other}, ${builder} cascade; drop role ${other}; drop role ${builder}`,
    );
  });

  test('says which foreign key went with the replaced table', async () => {
    const node = testNode('orders', { materialized: 'table', indexes: [{ columns: ['id'], unique: true }] });
    await buildTestNode(warehouse, { node, sql: 'select 1 as id' });
    await rowsOf(
      'alter table analytics.orders add primary key (id); create table public.items (order_id int constraint of_order references analytics.orders)',
    );
    const warnings: string[] = [];
    await buildTestNode(warehouse, { node, sql: 'select 1 as id', warnings });
    expect(warnings).toEqual(['the foreign key "of_order" of items pointed at the replaced table and was dropped']);
  });

  test('leaves the former table and nothing half-built when the query fails', async () => {
    const node = testNode('orders', { materialized: 'table' });
    await buildTestNode(warehouse, { node, sql: 'select 1 as id' });
    const error = await rejection(
      buildTestNode(warehouse, { node, sql: 'select 1 / (id - 1) as id from analytics.orders' }),
    );
    expect(error.message).toBe('division by zero');
    expect(await rowsOf('select * from analytics.orders')).toEqual([[1]]);
    expect(await rowsOf("select relname from pg_class where relname like '%dbt%'")).toEqual([]);
  });

  test('a word for "unlogged" is refused, not taken for false', async () => {
    const node = testNode('orders', { materialized: 'table', unlogged: 'yes' });
    const error = await rejection(buildTestNode(warehouse, { node, sql: 'select 1 as id' }));
    expect(error.message).toBe('config "unlogged" is no boolean; expected true or false');
  });

  test('takes the place of a view, and a view the place of a table', async () => {
    await buildTestNode(warehouse, { node: testNode('orders', { materialized: 'view' }), sql: 'select 1 as id' });
    await rowsOf('create view public.above as select id from analytics.orders');
    await buildTestNode(warehouse, { node: testNode('orders', { materialized: 'table' }), sql: 'select 2 as id' });
    expect(await rowsOf("select relkind::text from pg_class where oid = 'analytics.orders'::regclass")).toEqual([
      ['r'],
    ]);
    await buildTestNode(warehouse, { node: testNode('orders', { materialized: 'view' }), sql: 'select 3 as id' });
    expect(await rowsOf("select relkind::text from pg_class where oid = 'analytics.orders'::regclass")).toEqual([
      ['v'],
    ]);
    expect(await rowsOf('select id from public.above')).toEqual([[3]]);
  });

  test('waits for a reader within its patience and lets other readers go on', async () => {
    const node = testNode('orders', { materialized: 'table' });
    await buildTestNode(warehouse, { node, sql: 'select 1 as id' });
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const reader = warehouse.withSession((session) =>
      session.transaction(async () => {
        await session.execute('select * from analytics.orders');
        await released;
      }),
    );
    const building = buildTestNode(warehouse, { node, sql: 'select 2 as id' });
    const waiting = await warehouse.withSession(async (session) => {
      for (;;) {
        const { rows } = await session.execute(
          "select count(*)::int from pg_stat_activity where wait_event_type = 'Lock' and query like 'lock table%' and datname = current_database()",
        );
        if (rows[0]?.[0] === 1) break;
      }
      return session.execute('select id from analytics.orders');
    });
    expect(waiting.rows).toEqual([[1]]);
    release();
    await Promise.all([reader, building]);
    expect(await rowsOf('select id from analytics.orders')).toEqual([[2]]);
  });

  test('cleans what a killed run left under its working names', async () => {
    await rowsOf(
      'create schema analytics; create table analytics.orders__dbt_tmp (a int); create view analytics.orders__dbt_backup as select 1 as a',
    );
    await buildTestNode(warehouse, { node: testNode('orders', { materialized: 'table' }), sql: 'select 1 as id' });
    expect(await rowsOf("select relname from pg_class where relnamespace = 'analytics'::regnamespace")).toEqual([
      ['orders'],
    ]);
  });

  test('cuts long names so that the working names fit', async () => {
    const name = 'a'.repeat(60);
    await buildTestNode(warehouse, { node: testNode(name, { materialized: 'table' }), sql: 'select 1 as id' });
    await buildTestNode(warehouse, { node: testNode(name, { materialized: 'table' }), sql: 'select 2 as id' });
    expect(await rowsOf(`select id from analytics.${name}`)).toEqual([[2]]);
  });
});

describe('view', () => {
  test('is replaced in place when columns are only added', async () => {
    const node = testNode('v', { materialized: 'view' });
    await buildTestNode(warehouse, { node, sql: 'select 1 as a' });
    const [before] = await rowsOf("select 'analytics.v'::regclass::oid::text");
    await buildTestNode(warehouse, { node, sql: 'select 1 as a, 2 as b' });
    expect(await rowsOf("select 'analytics.v'::regclass::oid::text")).toEqual([before]);
  });

  test('is swapped when columns go, with the views above it kept', async () => {
    const node = testNode('v', { materialized: 'view' });
    await buildTestNode(warehouse, { node, sql: 'select 1 as a, 2 as b' });
    await rowsOf('create view public.above as select b from analytics.v');
    await buildTestNode(warehouse, { node, sql: 'select 7 as b' });
    expect(await rowsOf('select * from public.above')).toEqual([[7]]);
  });
});
