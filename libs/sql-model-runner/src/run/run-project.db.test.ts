import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { targetWriter } from '../files/write-target.ts';
import { parseConnectionString } from '../postgres/connection-settings.ts';
import { connectPostgres } from '../postgres/warehouse.ts';
import type { Project } from '../project/project.ts';
import { projectOf, TEST_TARGET } from '../testing/project-of.ts';
import type { Connect } from '../warehouse/warehouse.ts';
import { exitCodeOf, type RunEvent, type RunResult } from './result.ts';
import { runProject, type RunOptions } from './run-project.ts';

let database: TestDatabase;
let client: Client;
let connect: Connect;

beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  connect = connectPostgres(parseConnectionString(database.url));
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

const project = (files: Readonly<Record<string, string>>, options: Parameters<typeof projectOf>[1] = {}): Project =>
  projectOf(files, { target: { ...TEST_TARGET, database: database.name }, ...options });

const run = (files: Readonly<Record<string, string>>, options: Partial<RunOptions> = {}): Promise<RunResult> => {
  return runProject({ project: project(files), verb: 'build', connect, ...options });
};

const statuses = (result: RunResult): Readonly<Record<string, string>> =>
  Object.fromEntries(result.results.map(({ name, status }) => [name, status]));

const rowsOf = async (sql: string): Promise<readonly unknown[]> =>
  (await client.query({ text: sql, rowMode: 'array' })).rows as unknown[];

describe(runProject, () => {
  test('builds seeds, models and tests in their order and reports each', async () => {
    const events: RunEvent[] = [];
    const result = await run(
      {
        'seeds/c.csv': 'code,name\nDE,Germany\n',
        'models/a.sql': "{{ config(materialized='table') }} select * from {{ ref('c') }}",
        'models/b.sql': "{{ config(schema='marts') }} select code from {{ ref('a') }}",
        'models/p.yml': 'models: [{name: a, columns: [{name: code, data_tests: [unique]}]}]',
      },
      { onEvent: (event) => events.push(event), threads: 1 },
    );
    expect(
      result.results.map(({ name, status, rows, relation }) => [
        name,
        status,
        rows,
        relation && `${relation.schema}.${relation.identifier}`,
      ]),
    ).toEqual([
      ['c', 'success', 1, 'analytics.c'],
      ['a', 'success', 1, 'analytics.a'],
      ['unique_a_code', 'pass', 0, null],
      ['b', 'success', null, 'analytics_marts.b'],
    ]);
    expect(exitCodeOf(result)).toBe(0);
    expect(
      events.map((event) => ('index' in event ? `${event.kind} ${event.index}/${event.total}` : event.kind)),
    ).toEqual([
      'run-started',
      ...[1, 2, 3, 4].flatMap((index) => [`node-started ${index}/4`, `node-finished ${index}/4`]),
    ]);
    expect(await rowsOf('select * from analytics_marts.b')).toEqual([['DE']]);
  });

  test('a failed model skips what depends on it, and the rest goes on', async () => {
    const result = await run(
      {
        'models/bad.sql': 'select 1 as a,\n  nope from (select 1) s',
        'models/child.sql': "select * from {{ ref('bad') }}",
        'models/grandchild.sql': "select * from {{ ref('child') }}",
        'models/good.sql': 'select 1 as a',
      },
      { verb: 'run' },
    );
    expect(statuses(result)).toEqual({ bad: 'error', child: 'skipped', grandchild: 'skipped', good: 'success' });
    const message = (name: string): string | null | undefined =>
      result.results.find((node) => node.name === name)?.message;
    expect(message('bad')).toBe('column "nope" does not exist\n  at the compiled SQL:2:3\n  nope from (select 1) s');
    expect(message('child')).toBe('skipped because the model "bad" failed');
    expect(message('grandchild')).toBe('skipped because the model "child" was skipped');
    expect(exitCodeOf(result)).toBe(1);
  });

  test('in a build, a failed test of severity error skips what is built from the tested model, a warning does not', async () => {
    const result = await run({
      'models/a.sql': 'select 1 as id union all select 1',
      'models/b.sql': 'select null::int as id',
      'models/after_a.sql': "select * from {{ ref('a') }}",
      'models/after_b.sql': "select * from {{ ref('b') }}",
      'models/p.yml':
        'models: [{name: a, columns: [{name: id, data_tests: [unique]}]}, {name: b, columns: [{name: id, data_tests: [{not_null: {config: {severity: warn}}}]}]}]',
    });
    expect(statuses(result)).toEqual({
      a: 'success',
      b: 'success',
      unique_a_id: 'fail',
      not_null_b_id: 'warn',
      after_a: 'skipped',
      after_b: 'success',
    });
    expect(result.results.find(({ name }) => name === 'unique_a_id')).toMatchObject({
      rows: 1,
      message: 'got 1 result, configured to fail if != 0',
    });
  });

  test('tests judge by fail_calc, warn_if, error_if, limit and where', async () => {
    const result = await run({
      'models/a.sql': 'select generate_series(1, 10) as id',
      'tests/some.sql': "{{ config(warn_if='> 2', error_if='> 20') }} select * from {{ ref('a') }}",
      'tests/limited.sql': "{{ config(limit=3) }} select * from {{ ref('a') }}",
      'tests/summed.sql': "{{ config(fail_calc='sum(id)', error_if='= 55') }} select * from {{ ref('a') }}",
      'tests/broken.sql': "{{ config(fail_calc='id') }} select * from {{ ref('a') }}",
      'models/p.yml':
        "models: [{name: a, columns: [{name: id, data_tests: [{accepted_values: {values: [1, 2], config: {where: 'id < 3'}}}]}]}]",
    });
    expect(statuses(result)).toEqual({
      a: 'success',
      some: 'warn',
      limited: 'fail',
      summed: 'fail',
      broken: 'error',
      accepted_values_a_id__1__2: 'pass',
    });
    expect(result.results.find(({ name }) => name === 'limited')?.rows).toBe(3);
    expect(result.results.find(({ name }) => name === 'summed')?.rows).toBe(55);
    expect(result.results.find(({ name }) => name === 'broken')?.message).toContain(
      "the test's query gave 10 rows; expected one",
    );
  });

  test('an incremental model goes on from what is there, until a full refresh', async () => {
    const files = {
      'models/m.sql':
        "{{ config(materialized='incremental', unique_key='id') }} select id, {{ is_incremental() }} as added from public.items {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}",
      'models/never.sql':
        "{{ config(materialized='incremental', full_refresh=false) }} select {{ is_incremental() }} as added",
    };
    await client.query('create table public.items (id int); insert into public.items values (1), (2)');
    await run(files);
    await client.query('insert into public.items values (3)');
    const second = await run(files);
    expect(second.results.find(({ name }) => name === 'm')?.rows).toBe(1);
    expect(await rowsOf('select * from analytics.m order by 1')).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
    await run(files, { fullRefresh: true });
    expect(await rowsOf('select * from analytics.m order by 1')).toEqual([
      [1, false],
      [2, false],
      [3, false],
    ]);
    expect(await rowsOf('select * from analytics.never')).toEqual([[false], [true], [true]]);
  });

  test('runs what a selection chooses, in the order of the whole project', async () => {
    const files = {
      'models/a.sql': 'select 1 as id',
      'models/b.sql': "{{ config(materialized='ephemeral') }} select * from {{ ref('a') }}",
      'models/c.sql': "{{ config(tags='x') }} select * from {{ ref('b') }}",
      'models/d.sql': 'select 1 as id',
    };
    const result = await run(files, { select: ['+tag:x', 'nothing'], exclude: ['d'] });
    expect(result.results.map(({ name }) => name)).toEqual(['a', 'c']);
    expect(result.warnings).toContain('the selector "nothing" names nothing');
  });

  test('writes compiled and run SQL, and points into it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ovis-target-'));
    try {
      const result = await run(
        {
          'models/x/bad.sql': 'select\n  1 +',
          'models/x/good.sql': "{{ config(materialized='table') }} select 1 as a",
        },
        { writer: targetWriter(folder) },
      );
      const bad = result.results.find(({ name }) => name === 'bad');
      expect(bad?.message).toBe(
        `syntax error at or near ")"\n  at ${folder}/compiled/shop/models/x/bad.sql:2:6 (the SQL ends too early)\n  1 +`,
      );
      expect(await readFile(join(folder, 'compiled/shop/models/x/bad.sql'), 'utf8')).toBe('select\n  1 +\n');
      expect(await readFile(join(folder, 'run/shop/models/x/good.sql'), 'utf8')).toContain('create table');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('an aborted run cancels its queries on the server, starts nothing more and says so', async () => {
    const controller = new AbortController();
    const started: string[] = [];
    const running = run(
      {
        'models/slow.sql': "{{ config(materialized='table') }} select 1 as a from pg_sleep(60)",
        'models/then.sql': "select * from {{ ref('slow') }}",
        'models/other.sql': "{{ config(materialized='table') }} select 1 as a from pg_sleep(60)",
      },
      {
        signal: controller.signal,
        threads: 1,
        onEvent: (event) => event.kind === 'node-started' && started.push(event.name),
      },
    );
    const active =
      "select count(*)::int from pg_stat_activity where state = 'active' and query like '%pg_sleep(60)%' and pid <> pg_backend_pid()";
    while (JSON.stringify(await rowsOf(active)) !== '[[1]]');
    controller.abort();
    const result = await running;
    expect(result.isCancelled).toBe(true);
    expect(exitCodeOf(result)).toBe(2);
    expect(started).toHaveLength(1);
    expect(await rowsOf(active)).toEqual([[0]]);
    expect(await rowsOf("select relname from pg_class where relname like 'slow%' or relname like 'other%'")).toEqual(
      [],
    );
  });

  test('runs on-run-start and on-run-end around the nodes', async () => {
    await client.query('create table public.log (at serial, what text)');
    await run({
      'dbt_project.yml':
        "name: shop\non-run-start: insert into public.log (what) values ('start {{ target.name }}')\non-run-end:\n  - \"insert into public.log (what) values ('end {{ schemas | join }}')\"\n",
      'models/a.sql': '{{ config(post_hook="insert into public.log (what) values (\'node\')") }} select 1 as id',
    });
    expect(await rowsOf('select what from public.log order by at')).toEqual([
      ['start dev'],
      ['node'],
      ['end analytics'],
    ]);
  });

  test('sessions are in UTC and take the role that is asked for', async () => {
    const role = `modeler_${database.name}`;
    await client.query(`create role ${role} nologin; grant create on database ${database.name} to ${role}`);
    connect = connectPostgres({ ...parseConnectionString(database.url), role });
    await run({
      'models/a.sql':
        "{{ config(materialized='table', unlogged=true) }} select current_setting('TimeZone') as zone, current_user::text as who",
    });
    expect(await rowsOf('select * from analytics.a')).toEqual([['UTC', role]]);
    expect(await rowsOf("select tableowner from pg_tables where schemaname = 'analytics'")).toEqual([[role], [role]]);
    await client.query(`drop owned by ${role} cascade; drop role ${role}`);
  });

  test('a role that is missing and a schema that the role may not make are named, with what to do', async () => {
    const files = { 'models/a.sql': 'select 1 as id' };
    const role = `reader_${database.name}`;
    connect = connectPostgres({ ...parseConnectionString(database.url), role });
    await expect(run(files)).rejects.toThrow(
      `cannot act as the role "${role}" in the database "${database.name}": there is no such role; migrate`,
    );
    await client.query(`create role ${role} nologin`);
    await expect(run(files)).rejects.toThrow(
      'there is no schema "analytics", and this role may not make it: permission denied',
    );
    await client.query(`drop role ${role}`);
  });

  test('does not depend on the search path', async () => {
    await client.query(`create schema shadow; alter database ${database.name} set search_path = shadow`);
    const files = {
      'seeds/c.csv': 'code\nDE\n',
      'models/a.sql':
        "{{ config(materialized='incremental', unique_key='code', unlogged=true) }} select * from {{ ref('c') }}",
      'models/v.sql': "select * from {{ ref('a') }}",
    };
    for (const _ of [1, 2]) expect(exitCodeOf(await run(files))).toBe(0);
    expect(await rowsOf("select relname from pg_class where relnamespace = 'shadow'::regnamespace")).toEqual([]);
  });

  test('an unknown materialization fails its node and names the known ones', async () => {
    const result = await run({ 'models/a.sql': "{{ config(materialized='tabel') }} select 1" });
    expect(result.results[0]?.message).toBe(
      '"tabel" is no materialization that can be run; did you mean "table"?; known are table, view, incremental, materialized_view, snapshot, seed, ephemeral, and those that the project defines',
    );
  });

  test('a database that cannot be reached is an error without the password', async () => {
    connect = connectPostgres(parseConnectionString('postgres://me:s3cret@127.0.0.1:1/shop'));
    const outcome = await run({ 'models/a.sql': 'select 1' }).catch((error: unknown) => error);
    expect((outcome as Error).name).toBe('DatabaseError');
    expect((outcome as Error).message).toContain(
      'cannot connect to PostgreSQL at 127.0.0.1:1, database "shop", user "me"',
    );
    expect(JSON.stringify(outcome) + String((outcome as Error).stack)).not.toContain('s3cret');
  });
});
