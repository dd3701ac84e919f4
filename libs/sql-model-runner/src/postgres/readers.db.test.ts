import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { buildTestNode, testNode } from '../testing/build-request.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { parseConnectionString } from './connection-settings.ts';
import { connectPostgres } from './warehouse.ts';

let database: TestDatabase;
let warehouse: Warehouse;

beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  warehouse = await connectPostgres(parseConnectionString(database.url))({ sessions: 2 });
});

afterEach(async () => {
  await warehouse.close();
  await database.drop();
});

/** Reads as fast as it can until told to stop; every failure counts. */
async function readUntil(stop: AbortSignal, sql: string): Promise<{ reads: number; failures: string[] }> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const failures: string[] = [];
  let reads = 0;
  while (!stop.aborted) {
    try {
      const { rows } = await client.query(sql);
      if (rows.length === 0) failures.push('no rows');
    } catch (error) {
      failures.push((error as Error).message);
      if (failures.length > 20) break;
    }
    reads += 1;
  }
  await client.end();
  return { reads, failures };
}

describe('readers while models are built', () => {
  test('never find a relation missing, empty, moved or locked in a deadlock', async () => {
    const table = testNode('t', { materialized: 'table', indexes: [{ columns: ['id'] }] });
    const view = testNode('v', { materialized: 'view' });
    await buildTestNode(warehouse, { node: table, sql: 'select 0 as id, 0 as n' });
    await buildTestNode(warehouse, { node: view, sql: 'select id, n from analytics.t' });
    await warehouse.withSession((session) =>
      session.execute(
        'create view public.w as select v.id from analytics.v v; create view public.x as select t.n, w.id from analytics.t t, public.w w',
      ),
    );
    const stop = new AbortController();
    const queries = [
      'select * from analytics.t',
      'select * from analytics.v',
      'select * from public.w',
      'select * from public.x, analytics.t',
    ];
    const readers = queries.map((sql) => readUntil(stop.signal, sql));
    onTestFinished(() => stop.abort());
    for (let turn = 1; turn <= 25; turn += 1) {
      // Every fifth turn changes a type, so that the views above cannot be replaced in place.
      const type = turn % 5 === 0 ? 'bigint' : 'int';
      await buildTestNode(warehouse, {
        node: table,
        sql: `select ${turn}::${type} as id, 0 as n from generate_series(1, 3)`,
      });
      await buildTestNode(warehouse, { node: view, sql: 'select id, n from analytics.t' });
    }
    stop.abort();
    const outcomes = await Promise.all(readers);
    expect(outcomes.map(({ failures }) => failures.slice(0, 3))).toEqual([[], [], [], []]);
    expect(Math.min(...outcomes.map(({ reads }) => reads))).toBeGreaterThan(25);
    const { rows } = await warehouse.withSession((session) => session.execute('select distinct id from public.x'));
    expect(rows).toEqual([[25]]);
  });
});
