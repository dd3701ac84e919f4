import { cp, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from './program.ts';

const FILES = {
  'dbt_project.yml': 'name: shop\nprofile: shop\n',
  'models/sources.yml': 'sources: [{name: raw, tables: [{name: orders, columns: [{name: id}, {name: amount}]}]}]',
  'models/stage.sql': "select id, amount from {{ source('raw', 'orders') }}",
  'models/per_id.sql':
    "{{ config(materialized='table') }} select id, sum(amount) as total from {{ ref('stage') }} group by id",
  'models/log.sql':
    "{{ config(materialized='incremental') }} select id, amount from {{ ref('stage') }} {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}",
  'models/top.sql': "select total as best from {{ ref('per_id') }}",
  'seeds/codes.csv': 'code,n\na,1\n',
};

let database: TestDatabase;
let client: Client;
let folder: string;

beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    'create schema raw; create table raw.orders (id int, amount int); insert into raw.orders select i % 100, i from generate_series(1, 1000) i; analyze raw.orders',
  );
  folder = await mkdtemp(join(tmpdir(), 'ovis-plan-'));
  for (const name of ['models', 'seeds']) await mkdir(join(folder, name));
  for (const [path, text] of Object.entries(FILES)) await writeFile(join(folder, path), text);
});

afterEach(async () => {
  await client.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await runCli(args, {
    env: { HOME: folder, DATABASE_URL: database.url },
    cwd: folder,
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { code, out, err };
}

const write = (path: string, text: string): Promise<void> => writeFile(join(folder, path), text);

describe('ovis-models plan', () => {
  test('says what is new in an empty database, and builds nothing', async () => {
    expect(await run('plan')).toEqual({
      code: 0,
      err: '',
      out: expect.stringMatching(
        /create +model public\.per_id \(about 100 to write\)(?:.|\n)*plan: 5 create, 0 untouched\n$/u,
      ),
    });
    expect((await run('plan', '--exit-code')).code).toBe(1);
    const { rows } = await client.query("select count(*)::int as n from pg_class where relname in ('per_id', 'stage')");
    expect(rows).toEqual([{ n: 0 }]);
  });

  test('says what is rebuilt, what goes on, how many rows there are, and that nothing but rows changes', async () => {
    expect((await run('build')).code).toBe(0);
    await client.query('analyze');
    const { out, code } = await run('plan', '--exit-code');
    expect(code).toBe(0);
    expect(out).toContain('  rebuild  model public.per_id (holds about 100 rows; about 100 to write)\n');
    expect(out).toMatch(/ {2}extend {3}model public\.log \(holds about 1,000 rows; about \d+ to write\)\n/u);
    expect(out).toContain('  replace  model public.stage\n');
    expect(out).toContain('  load     seed public.codes (holds about 1 rows)\n');
    expect((await run('plan', '-s', 'per_id')).out).toContain('plan: 1 rebuild, 4 untouched\n');
    expect((await run('plan', '--full-refresh')).out).toMatch(/rebuild +model public\.log \(full refresh; /u);
  });

  test('shows columns that come, go or change their type, and what hangs on them', async () => {
    await run('build');
    await write(
      'models/stage.sql',
      "select id, amount::bigint as amount, 'x' as code from {{ source('raw', 'orders') }}",
    );
    await write('models/log.sql', "{{ config(materialized='table') }} select id from {{ ref('stage') }}");
    const { out, code } = await run('plan', '--exit-code');
    expect(code).toBe(1);
    expect(out).toContain(
      '  replace  model public.stage\n           + code text\n           ~ amount integer → bigint\n',
    );
    expect(out).toMatch(
      /rebuild +model public\.per_id .*\n {11}~ total bigint → numeric\n {13}total comes from stage\.amount\n/u,
    );
    expect(out).toMatch(/rebuild +model public\.log .*\n {11}- amount integer\n/u);
    expect(out).toMatch(/model public\.top\n {11}~ best bigint → numeric\n {13}best comes from stage\.amount\n/u);
    const partial = JSON.parse((await run('plan', '-s', 'stage', '--output', 'json')).out) as {
      nodes: { name: string; action: string; columns: object }[];
      affected_elsewhere: { unique_id: string; affected: { column: string }[] }[];
    };
    expect(partial.nodes).toMatchObject([{ name: 'stage', action: 'replace', columns: { added: [{ name: 'code' }] } }]);
    expect(partial.affected_elsewhere.map(({ unique_id: id }) => id)).toEqual(['model.shop.per_id', 'model.shop.top']);
  });

  test('says that a view takes the place of a table', async () => {
    await run('build');
    await write('models/per_id.sql', "select id, sum(amount) as total from {{ ref('stage') }} group by id");
    expect((await run('plan')).out).toContain('  replace  model public.per_id (there is a table now)\n');
  });

  test('exits with 1 for a model that is wrong, and says where', async () => {
    await write('models/top.sql', "select totl as best from {{ ref('per_id') }}");
    const { code, out } = await run('plan');
    expect(code).toBe(1);
    expect(out).toMatch(/WRONG {4}model public\.top\n +column "totl" does not exist/u);
    expect(out).toContain('1 wrong, 0 untouched');
  });

  test('plans against a former run what has changed since and what comes after it, also without a database', async () => {
    await run('build');
    await run('compile');
    await cp(join(folder, 'target'), join(folder, 'former'), { recursive: true });
    expect((await run('plan', '--state', 'former')).out).toBe('plan: 5 untouched\n');
    await write(
      'models/per_id.sql',
      "{{ config(materialized='table') }} select id, sum(amount) as total, 1 as one from {{ ref('stage') }} group by id",
    );
    expect((await run('plan', '--state', 'former')).out).toMatch(
      /rebuild +model public\.per_id.*\n {11}\+ one integer\n {2}replace +model public\.top\nplan: 1 rebuild, 1 replace, 3 untouched\n/u,
    );
    expect((await run('plan', '--state', 'former', '--no-introspect')).out).toBe(
      '  rebuild  model public.per_id\n           + one\n  replace  model public.top\nplan: 1 rebuild, 1 replace, 3 untouched\n',
    );
    expect((await run('plan', '--no-introspect')).err).toContain('--no-introspect needs --state');
  });
});
