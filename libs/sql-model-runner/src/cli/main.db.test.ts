import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from './program.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const SHOP = join(import.meta.dirname, '../../fixtures/shop');

let database: TestDatabase;
let client: Client;
let folder: string;

beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(`
    create schema raw; create schema analytics;
    create table analytics.hook_log (model text, incremental boolean); create view public.hook_log as select * from analytics.hook_log;
    create table raw.orders (order_id int, customer text, country text, amount_cents int, ordered_at timestamptz, loaded_at timestamptz default now());
    insert into raw.orders values (1, 'ann', 'DE', 1000, '2024-01-01 10:00Z'), (2, 'bob', 'AT', 500, '2024-01-01 12:00Z'), (3, 'o''neil', 'XX', 700, '2024-01-02 12:00Z')`);
  folder = await mkdtemp(join(tmpdir(), 'ovis-cli-'));
  await cp(SHOP, folder, { recursive: true });
});

afterEach(async () => {
  await client.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Running {
  readonly pid: number;
  readonly outcome: Promise<Outcome>;
  kill(signal: NodeJS.Signals): void;
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, ['--conditions=ovis-source', MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, DATABASE_URL: database.url, ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const outcome = new Promise<Outcome>((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  return { pid: child.pid ?? 0, outcome, kill: (signal) => child.kill(signal) };
}

/** The command line within this process. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  let [out, err] = ['', ''];
  const code = await runCli(args, {
    env: { HOME: folder, DATABASE_URL: database.url, ...env },
    cwd: folder,
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { code, out, err };
}

const write = (path: string, text: string): Promise<void> => writeFile(join(folder, path), text);
const rowsOf = async (sql: string): Promise<readonly unknown[]> =>
  (await client.query({ text: sql, rowMode: 'array' })).rows as unknown[];

describe('ovis-models', () => {
  test('builds a project, says what it did and exits 0; a second build goes on from the first', async () => {
    const first = await start(['build']).outcome;
    expect(first.err).toBe('');
    expect(first.out).toMatch(/OK +seed seeds\.countries, 3 rows/u);
    expect(first.out).toMatch(/OK +model marts\.daily_revenue, 3 rows/u);
    expect(first.out).toMatch(/WARN +test relationships_stg_orders_country__code__ref_countries_, 1 failing rows/u);
    expect(first.out).toMatch(/done in [\d.]+ s: .*4 ok/u);
    expect(first.code).toBe(0);
    await client.query(
      "insert into raw.orders values (4, 'ann', 'DE', 2500, '2024-01-01 20:00Z'), (5, 'ann', 'DE', 100, '2024-01-03 20:00Z')",
    );
    expect((await run(['build', '--threads', '1'])).code).toBe(0);
    expect(
      await rowsOf(
        'select country, ordered_at::date::text, revenue::float, orders::int from marts.daily_revenue order by 1, 2',
      ),
    ).toEqual([
      ['AT', '2024-01-01', 5, 1],
      ['DE', '2024-01-01', 35, 2],
      ['DE', '2024-01-03', 1, 1],
      ['XX', '2024-01-02', 7, 1],
    ]);
    expect(await rowsOf('select * from analytics.hook_log')).toEqual([
      ['daily_revenue', false],
      ['daily_revenue', true],
    ]);
    expect(
      await rowsOf(
        "select obj_description('staging.stg_orders'::regclass), relpersistence from pg_class where oid = 'marts.daily_revenue'::regclass",
      ),
    ).toEqual([['Orders, one row each: `not jinja`, amounts in EUR', 'u']]);
    expect(
      await readFile(
        join(folder, 'target/compiled/shop/models/staging/staging.yml/unique_stg_orders_order_id.sql'),
        'utf8',
      ),
    ).toContain('"staging"."stg_orders"');
    expect(await readFile(join(folder, 'target/run/shop/models/marts/customers.sql'), 'utf8')).toContain(
      'create table',
    );
  });

  test('run, test and seed do their share', async () => {
    expect((await run(['seed'])).out).toContain('1 ok');
    expect((await run(['run', '-s', '+customers'])).out).toContain('2 ok');
    expect((await run(['test', '-s', 'customers'])).out).toContain('1 pass');
    expect((await run(['run', '-s', 'customers', '--exclude', 'customers'])).out).toContain('nothing to do');
  });

  test('takes variables, a schema and a target path', async () => {
    await run(['seed']);
    const { code } = await run([
      'run',
      '-s',
      '+daily_revenue',
      '--vars',
      '{currency: USD, minimum_amount: 600}',
      '--target-path',
      'elsewhere',
      '--target-schema',
      'analytics',
    ]);
    expect(code).toBe(0);
    expect(await rowsOf('select distinct currency, count(*)::int from marts.daily_revenue group by 1')).toEqual([
      ['USD', 2],
    ]);
    expect(await readFile(join(folder, 'elsewhere/compiled/shop/models/marts/daily_revenue.sql'), 'utf8')).toContain(
      "'USD'",
    );
  });

  test('reads profiles.yml when there is no DATABASE_URL', async () => {
    const url = new URL(database.url);
    const env = {
      DATABASE_URL: '',
      SHOP_PORT: url.port,
      SHOP_HOST: url.hostname,
      SHOP_USER: url.username,
      DBT_ENV_SECRET_SHOP_PASSWORD: url.password,
      SHOP_DATABASE: database.name,
    };
    expect((await run(['build'], env)).code).toBe(0);
  });

  test('ls and compile need no database, unless asked', async () => {
    const env = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
    expect((await run(['ls', '-s', '+customers', '--resource-type', 'model', 'source', 'seed'], env)).out).toBe(
      'shop.countries\nshop.marts.customers\nshop.staging.stg_orders\nsource:shop.raw.orders\n',
    );
    expect((await run(['ls', '--output', 'path', '-s', 'customers', '--resource-type', 'model'], env)).out).toBe(
      'models/marts/customers.sql\n',
    );
    const compiled = await run(['compile', '--no-introspect', '-s', 'stg_orders'], env);
    expect(compiled.out).toContain('from "none"."raw"."orders"');
    expect((await run(['compile', '-s', 'stg_orders'])).out).toContain(`from "${database.name}"."raw"."orders"`);
  });

  test('says one JSON object a line when asked', async () => {
    const { out } = await run(['seed', '--log-format', 'json']);
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string });
    expect(events.map(({ kind }) => kind)).toEqual(['run-started', 'node-started', 'node-finished', 'run-finished']);
  });

  test('--help is there for every verb', async () => {
    const help = await start(['--help']).outcome;
    expect(help.code).toBe(0);
    expect(help.out).toContain('Exit codes: 0 all well, 1 a node failed, 2');
    for (const verb of ['build', 'run', 'test', 'seed', 'compile', 'ls']) expect(help.out).toContain(`  ${verb}`);
  });
});

describe('what goes wrong while models run', () => {
  test('a model with a syntax error: the message of PostgreSQL with file and line, exit 1', async () => {
    await write('models/marts/customers.sql', "select\n  count(*) as n,\n  form {{ ref('stg_orders') }}");
    const { code, out, err } = await run(['run', '-s', '+customers']);
    expect(code).toBe(1);
    expect(out).toContain('syntax error at or near "."\n      at target/compiled/shop/models/marts/customers.sql:3:');
    expect(out + err).not.toMatch(/\n\s+at .*\.ts:/u);
  });

  test('an interrupt cancels what runs on the server and exits 2', async () => {
    await write(
      'models/marts/customers.sql',
      "{{ config(materialized='table') }} select 1 as customer, 1 as spent from pg_sleep(60)",
    );
    const running = start(['run', '-s', 'customers']);
    await waitForQuery('pg_sleep(60)', 1);
    running.kill('SIGINT');
    const { code, out } = await running.outcome;
    expect(out).toContain('cancelled after');
    expect(code).toBe(2);
    await waitForQuery('pg_sleep(60)', 0);
  });

  test('kill -9 leaves nothing half-built, the server ends the query, and the next run goes on', async () => {
    await write(
      'models/marts/customers.sql',
      "{{ config(materialized='table') }} select 1 as customer, 1 as spent from pg_sleep(60)",
    );
    const running = start(['run', '-s', 'customers']);
    await waitForQuery('pg_sleep(60)', 1);
    running.kill('SIGKILL');
    expect((await running.outcome).code).toBeNull();
    await waitForQuery('pg_sleep(60)', 0);
    expect(await rowsOf("select relname from pg_class where relname like 'customers%'")).toEqual([]);
    await write('models/marts/customers.sql', "{{ config(materialized='table') }} select 1 as customer, 1 as spent");
    const again = await run(['run', '-s', 'customers']);
    expect(again.out).toContain('1 ok');
    expect(await rowsOf("select relname from pg_class where relname like 'customers%'")).toEqual([['customers']]);
  });
});

async function waitForQuery(part: string, count: number): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where state = 'active' and query like '%' || $1 || '%' and pid <> pg_backend_pid() and datname = current_database()",
      [part],
    );
    if (rows[0]?.n === count) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
