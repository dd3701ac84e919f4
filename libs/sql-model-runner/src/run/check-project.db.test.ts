import { createTestDatabase } from '@ovis/dev-stack/testing';
import { expect, test } from 'vitest';
import { parseConnectionString } from '../postgres/connection-settings.ts';
import { connectPostgres } from '../postgres/warehouse.ts';
import { projectOf, TEST_TARGET } from '../testing/project-of.ts';
import { checkProject } from './check-project.ts';

const FILES = {
  'models/sources.yml': 'sources: [{name: raw, tables: [{name: t}]}]',
  'models/base.sql': "select id, v from {{ source('raw', 't') }}",
  'models/grown.sql':
    "{{ config(materialized='incremental') }} select id from {{ ref('base') }} {% if is_incremental() %} where id > (select max(nosuch) from {{ this }}) {% endif %}",
  'models/misspelt.sql': "select id,\n  vv\nfrom {{ ref('base') }}",
  'models/below.sql': "select * from {{ ref('misspelt') }}",
  'models/no_sql.sql': 'select from where',
  'seeds/codes.csv': 'code,n\na,1\n',
  'models/joined.sql': "select n + 1 as m from {{ ref('codes') }} join {{ ref('base') }} on base.v = code".replace(
    'base.v',
    'v',
  ),
};

test('finds misspelt columns and bad grammar before anything is built, and leaves nothing behind', async () => {
  await using database = await createTestDatabase({ empty: true });
  await using warehouse = await connectPostgres(parseConnectionString(database.url))({ sessions: 1 });
  await warehouse.withSession((session) => session.execute('create schema raw; create table raw.t (id int, v text)'));
  const project = projectOf(FILES, {
    target: {
      name: 'dev',
      profileName: 'shop',
      type: 'postgres',
      schema: 'analytics',
      database: database.name,
      threads: 1,
    },
  });
  const results = await checkProject({ project, ids: new Set(project.nodes.keys()), warehouse });
  const byName = new Map(
    results.map(({ node, status, message }) => [node.name, [status, message?.split('\n')[0] ?? null]]),
  );
  expect(Object.fromEntries(byName)).toEqual({
    base: ['ok', null],
    codes: ['ok', null],
    joined: ['ok', null],
    grown: ['error', 'column "nosuch" does not exist'],
    misspelt: ['error', 'column "vv" does not exist'],
    below: ['skipped', 'not checked: "misspelt", which it reads, is wrong'],
    no_sql: ['error', 'syntax error at or near "where"'],
  });
  expect(results.find(({ node }) => node.name === 'misspelt')?.message).toContain('the compiled SQL:2:3');
  const left = await warehouse.withSession((session) =>
    session.execute("select count(*)::int from pg_class where relname like 'ovis_check%'"),
  );
  expect(left.rows).toEqual([[0]]);
});

test('checks tests beside models, and many of them', async () => {
  await using database = await createTestDatabase({ empty: true });
  await using warehouse = await connectPostgres(parseConnectionString(database.url))({ sessions: 1 });
  const project = projectOf(
    {
      'models/a.sql': 'select 1 as id',
      'models/b.sql': "select id from {{ ref('a') }}",
      'models/c.sql': "select nosuch from {{ ref('b') }}",
      'models/m.yml':
        'models: [{name: a, columns: [{name: id, data_tests: [unique, not_null]}]}, {name: b, columns: [{name: nosuch, data_tests: [unique]}]}]',
    },
    { target: { ...TEST_TARGET, database: database.name } },
  );
  const written: string[] = [];
  const results = await checkProject({
    project,
    ids: new Set(project.nodes.keys()),
    warehouse,
    onCompiled: async ({ name }) => {
      written.push(name);
      return `${name}.sql`;
    },
  });
  expect(Object.fromEntries(results.map(({ node, status }) => [node.name, status]))).toEqual({
    a: 'ok',
    unique_a_id: 'ok',
    not_null_a_id: 'ok',
    b: 'ok',
    unique_b_nosuch: 'error',
    c: 'error',
  });
  expect(written.toSorted()).toEqual(['c', 'unique_b_nosuch']);
});

test('checks the configuration of tables', async () => {
  await using database = await createTestDatabase({ empty: true });
  await using warehouse = await connectPostgres(parseConnectionString(database.url))({ sessions: 1 });
  const model = (config: string): string =>
    `{{ config(materialized='table', ${config}) }} select 1 as id, current_date as day`;
  const project = projectOf(
    {
      'models/a.sql': model("partition_by={'field': 'dya'}"),
      'models/b.sql': model("partition_by={'field': 'day', 'retention': 'long'}"),
      'models/c.sql': model("indexes=[{'column': 'id'}]"),
      'models/d.sql': model("partition_by={'field': 'day', 'granularity': 'year'}"),
    },
    { target: { ...TEST_TARGET, database: database.name } },
  );
  const results = await checkProject({ project, ids: new Set(project.nodes.keys()), warehouse });
  expect(results.map(({ node, message }) => [node.name, message])).toEqual([
    ['a', expect.stringContaining('models/a.sql:1: config "partition_by.field" is "dya"')],
    ['b', expect.stringContaining('models/b.sql:1: config "partition_by.retention" is long')],
    ['c', expect.stringContaining('config "indexes" holds an entry with "column"')],
    ['d', null],
  ]);
});

test('checks the grammar without a database', async () => {
  const project = projectOf({ 'models/a.sql': 'select 1', 'models/b.sql': 'selec 1' });
  const results = await checkProject({ project, ids: new Set(project.nodes.keys()), warehouse: null });
  expect(results.map(({ status }) => status)).toEqual(['ok', 'error']);
});
