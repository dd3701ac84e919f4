import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@ovis/dev-stack';
import { expect, test } from 'vitest';
import { connectPostgres } from '../postgres/warehouse.ts';
import { parseConnectionString } from '../postgres/connection-settings.ts';
import { projectOf } from '../testing/project-of.ts';
import type { Connect } from '../warehouse/warehouse.ts';
import { findResetRelations } from './find-reset-relations.ts';
import { runProject } from './run-project.ts';

const FILES = {
  'models/kept.sql': "{{ config(materialized='incremental') }} select id from raw.items",
  'models/lost.sql':
    "{{ config(materialized='incremental', unlogged=true, unique_key='id') }} select id from raw.items {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}",
  'models/window.sql': "select * from {{ ref('lost') }}",
  'models/logged.sql': "{{ config(materialized='table') }} select * from {{ ref('window') }}",
  'models/p.yml': 'models: [{name: window, columns: [{name: id, data_tests: [not_null]}]}]',
  'models/copy.sql': "{{ config(materialized='table', unlogged=true) }} select * from {{ ref('lost') }}",
};

const query = async (connect: Connect, sql: string): Promise<readonly (readonly unknown[])[]> => {
  await using warehouse = await connect({ sessions: 1 });
  return (await warehouse.withSession((session) => session.execute(sql))).rows;
};

test('unlogged models that a crash of the server emptied are found, and built anew in full by the next run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ovis-crash-'));
  try {
    const project = projectOf(FILES);
    let server = await startPostgres({ folder });
    let connect = connectPostgres(parseConnectionString(server.url));
    await query(
      connect,
      'create schema raw; create table raw.items (id int); insert into raw.items values (1), (2); checkpoint',
    );
    await runProject({ project, verb: 'run', connect });
    expect(await findResetRelations({ project, connect })).toEqual([]);
    // The crash comes after a checkpoint too: what was flushed is reset all the same.
    await query(connect, 'checkpoint');
    await server.kill();

    server = await startPostgres({ folder });
    connect = connectPostgres(parseConnectionString(server.url));
    expect(
      await query(
        connect,
        'select (select count(*)::int from analytics.kept), (select count(*)::int from analytics.lost)',
      ),
    ).toEqual([[2, 0]]);
    expect(
      (await findResetRelations({ project, connect })).map(
        ({ relation }) => `${relation.schema}.${relation.identifier}`,
      ),
    ).toEqual(['analytics.copy', 'analytics.lost']);
    // Until then nothing is read from them: the test would pass on nothing, the table would lose its rows.
    const stale = await runProject({ project, verb: 'build', connect, select: ['window', 'logged'] });
    expect(stale.results.map(({ name, status }) => [name, status])).toEqual([
      ['window', 'success'],
      ['not_null_window_id', 'error'],
      ['logged', 'skipped'],
    ]);
    expect(stale.results[1]?.message).toMatch(/^reads "analytics"\."lost", which a crash of the server emptied/u);
    const alone = await runProject({ project, verb: 'run', connect, select: ['logged'] });
    expect(alone.results.map(({ name, status }) => [name, status])).toEqual([['logged', 'error']]);
    expect(await query(connect, 'select count(*)::int from analytics.logged')).toEqual([[2]]);
    await query(connect, 'insert into raw.items values (0), (3)');
    const { results, warnings } = await runProject({ project, verb: 'run', connect });
    expect(new Map(results.map(({ name, rows }) => [name, rows]))).toEqual(
      new Map([
        ['copy', 4],
        ['kept', 4],
        ['logged', 4],
        ['lost', 4],
        ['window', null],
      ]),
    );
    expect(warnings.filter((warning) => warning.includes('emptied by a crash'))).toHaveLength(2);
    expect(await query(connect, 'select id from analytics.copy order by id')).toEqual([[0], [1], [2], [3]]);
    expect(await findResetRelations({ project, connect })).toEqual([]);

    // A shutdown in good order loses nothing.
    await server.stop();
    server = await startPostgres({ folder });
    connect = connectPostgres(parseConnectionString(server.url));
    expect(await findResetRelations({ project, connect })).toEqual([]);
    await server.stop();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

test('a partitioned table whose unlogged partitions a crash emptied is found, and built anew in full', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ovis-crash-'));
  try {
    const project = projectOf({
      'models/parts.sql':
        "{{ config(materialized='incremental', unlogged=true, unique_key='id', partition_by={'field': 'day'}) }} select id, day from raw.items {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}",
    });
    let server = await startPostgres({ folder });
    let connect = connectPostgres(parseConnectionString(server.url));
    await query(
      connect,
      "create schema raw; create table raw.items (id int, day date); insert into raw.items values (1, '2024-01-01'), (2, '2024-02-01')",
    );
    await runProject({ project, verb: 'run', connect });
    await query(connect, "insert into raw.items values (3, '2024-02-02'); checkpoint");
    expect((await runProject({ project, verb: 'run', connect })).results[0]?.rows).toBe(1);
    expect(await findResetRelations({ project, connect })).toEqual([]);
    await server.kill();
    server = await startPostgres({ folder });
    connect = connectPostgres(parseConnectionString(server.url));
    expect(await query(connect, 'select count(*)::int from analytics.parts')).toEqual([[0]]);
    expect((await findResetRelations({ project, connect })).map(({ uniqueId }) => uniqueId)).toEqual([
      'model.shop.parts',
    ]);
    const { results, warnings } = await runProject({ project, verb: 'run', connect });
    expect(results.map(({ status, rows }) => [status, rows])).toEqual([['success', 3]]);
    expect(warnings).toEqual([expect.stringContaining('emptied by a crash')]);
    expect(await query(connect, 'select id from analytics.parts order by 1')).toEqual([[1], [2], [3]]);
    expect(await findResetRelations({ project, connect })).toEqual([]);
    await server.stop();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

test('a server that dies in the middle fails the running node and what depends on it, with the reason', async () => {
  const server = await startPostgres();
  const project = projectOf({
    'models/slow.sql': "{{ config(materialized='table') }} select 1 as id from pg_sleep(60)",
    'models/after.sql': "select * from {{ ref('slow') }}",
  });
  const connect = connectPostgres(parseConnectionString(server.url));
  const running = runProject({ project, verb: 'run', connect });
  for (;;) {
    const [row] = await query(
      connect,
      "select count(*)::int from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()",
    );
    if (row?.[0] === 1) break;
  }
  await server.kill();
  const { results } = await running;
  await server.stop();
  expect(results.map(({ name, status, retryability }) => [name, status, retryability])).toEqual([
    ['slow', 'error', 'transient'],
    ['after', 'skipped', null],
  ]);
  expect(results[0]?.message).toContain('the connection to PostgreSQL was lost');
}, 120_000);
