import { Client } from 'pg';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { describe, expect, test } from 'vitest';
import { runCli } from './run-cli.ts';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

async function run(args: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  let out = '';
  let error = '';
  const code = await runCli({
    args: args.split(' ').filter(Boolean),
    env,
    readFile: () => '',
    writeOut: (text) => void (out += text),
    writeError: (text) => void (error += text),
  });
  return { code, out, error };
}

describe('ovis-migrate', () => {
  test('up, status, verify and down do what they say', async () => {
    await using database = await createTestDatabase({ empty: true });
    const env = { DATABASE_URL: database.url };
    expect(await run('verify', env)).toMatchObject({
      code: 1,
      error: expect.stringMatching(
        /^ovis-migrate: the database is not migrated: 0001_.*; run ovis-migrate up\n$/,
      ) as string,
    });
    expect((await run('status', env)).out).toMatch(
      /^pending {2}- {20}0001_roles-and-schemas\n[\s\S]*\d+ pending; run ovis-migrate up\n$/,
    );
    expect((await run('up', env)).out).toMatch(/^applied 0001_roles-and-schemas\n/);
    expect(await run('up', env)).toEqual({ code: 0, out: 'the database is up to date\n', error: '' });
    expect((await run('status', env)).out).toMatch(
      /^applied {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ 0001_roles[\s\S]*\nup to date\n$/,
    );
    expect(await run('verify', env)).toEqual({
      code: 0,
      out: 'the live schema is what the migrations give\n',
      error: '',
    });
    expect((await run('down --count 2', env)).out).toMatch(/^undone \d{4}_\S+\nundone \d{4}_\S+\n$/);
    expect((await run('down --all', env)).out).toMatch(/undone 0001_roles-and-schemas\n$/);
    expect(await run('down', env)).toEqual({ code: 0, out: 'no migration to undo\n', error: '' });
  });

  test('verify prints drift as a diff and fails', async () => {
    await using database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query('drop index ops.runs_open_idx');
    await client.end();
    const { code, error } = await run('verify', { DATABASE_URL: database.url });
    expect(code).toBe(1);
    expect(error).toMatch(/^- CREATE INDEX runs_open_idx /m);
    expect(error).toMatch(/ovis-migrate: the live schema differs .* make it a migration\n$/);
  });

  test.each([
    [
      'up',
      {},
      2,
      'ovis-migrate: DATABASE_URL is not set; give a URL like postgres://user:password@host:5432/database\n',
    ],
    [
      'up',
      { DATABASE_URL: 'mysql://u:hidden@h/d' },
      2,
      'ovis-migrate: DATABASE_URL is not a PostgreSQL URL; it must look like postgres://user:password@host:5432/database\n',
    ],
    [
      'status',
      { DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/d' },
      1,
      'ovis-migrate: no connection to PostgreSQL at 127.0.0.1:1: nothing listens there; start the server or correct DATABASE_URL\n',
    ],
    [
      'up',
      { DATABASE_URL: 'postgres://u:hidden@h/d', OVIS_MIGRATIONS_DIRECTORY: '/no/such' },
      2,
      'ovis-migrate: there is no folder of migrations in /no/such; point OVIS_MIGRATIONS_DIRECTORY at the folder "migrations" of this version\n',
    ],
    ['sideways', {}, 2, "error: unknown command 'sideways'\n"],
    [
      'down --count no',
      {},
      2,
      "error: option '--count <n>' argument 'no' is invalid. It must be a whole number from 1.\n",
    ],
    ['up --fast', {}, 2, "error: unknown option '--fast'\n"],
  ])('%s with %j exits with %i and one message', async (args, env, code, error) => {
    expect(await run(args, env)).toEqual({ code, out: '', error });
  });

  test('--help lists the settings', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    expect(out).toContain('DATABASE_URL');
  });
});
