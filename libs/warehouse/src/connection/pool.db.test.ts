import { createTestDatabase } from '@ovis/dev-stack/testing';
import { describe, expect, test } from 'vitest';
import { NotMigratedError } from '../errors.ts';
import { assertMigrated } from '../migrations/assert-migrated.ts';
import { describeConnectionError } from './connection-error.ts';
import { createPool, type PoolOptions } from './pool.ts';

async function query(options: Omit<PoolOptions, 'applicationName'>, sql: string): Promise<unknown> {
  const pool = createPool({ applicationName: 'test', max: 1, ...options });
  try {
    return (await pool.query<Record<string, unknown>>(sql)).rows[0];
  } finally {
    await pool.end();
  }
}

describe(createPool, () => {
  test('gives sessions in UTC, under the wanted name and role, with bounded waits', async () => {
    await using database = await createTestDatabase();
    const sql = `select current_setting('timezone') as zone, current_setting('application_name') as name, current_user as role,
      current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle`;
    const url = `${database.url}?options=-c%20timezone%3DAsia/Tokyo%20-c%20work_mem%3D5MB`;
    expect(await query({ url, role: 'ovis_loader' }, sql)).toEqual({
      zone: 'UTC',
      name: 'test',
      role: 'ovis_loader',
      statement: '30min',
      idle: '5min',
    });
    expect(await query({ url }, 'show work_mem')).toEqual({ work_mem: '5MB' });
  });

  test('reads a date as a day, big numbers without loss, and times as instants', async () => {
    await using database = await createTestDatabase();
    const sql = `select date '2026-11-01' as day, 9007199254740993 as big, timestamptz '2026-11-01 00:00+00' as instant, '{"a":1}'::jsonb as json`;
    expect(await query({ url: database.url }, sql)).toEqual({
      day: '2026-11-01',
      big: '9007199254740993',
      instant: new Date('2026-11-01T00:00:00Z'),
      json: { a: 1 },
    });
  });

  test('survives that the server ends an idle connection', async () => {
    await using database = await createTestDatabase();
    const pool = createPool({ url: database.url, applicationName: 'victim', max: 2 });
    const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
    await query({ url: database.url }, `select pg_terminate_backend(${String(rows[0]?.pid)})`);
    await expect.poll(() => pool.totalCount).toBe(0);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  test('refuses what is no URL of PostgreSQL and no role, without showing it', () => {
    const make = (url: string, role?: string) => () =>
      createPool({ url, applicationName: 't', ...(role ? { role } : {}) });
    expect(make('mysql://u:hidden@h/d')).toThrow('the database URL is not one of PostgreSQL');
    expect(make('postgres://u:hid/den@h:99999/d')).toThrow(/^(?!.*hid).*not one of PostgreSQL/);
    expect(make('postgres://h/d', 'a -c b=c')).toThrow('no plain identifier');
  });
});

describe(describeConnectionError, () => {
  const failing = async (url: string, role?: string): Promise<string> => {
    const pool = createPool({ url, applicationName: 'test', ...(role ? { role } : {}) });
    const error = await pool.query('select 1').catch((cause: unknown) => cause);
    await pool.end();
    const described = describeConnectionError(error, url);
    expect(`${String(described)} ${String(error)}`).not.toContain('hidden');
    return described?.message ?? String(error);
  };

  test('says what is wrong and what to do, never the password', async () => {
    await using database = await createTestDatabase();
    const { host, username } = new URL(database.url);
    const url = (user: string, at: string, name: string): string => `postgres://${user}:hidden@${at}/${name}`;
    expect(await failing(url('u', '127.0.0.1:1', 'd'))).toBe(
      'no connection to PostgreSQL at 127.0.0.1:1: nothing listens there; start the server or correct DATABASE_URL',
    );
    expect(await failing(url(username, host, 'd'))).toContain(
      `the password of user "${username}" was refused; correct it in DATABASE_URL`,
    );
    expect(await failing(Object.assign(new URL(database.url), { pathname: '/nowhere' }).href)).toContain(
      'there is no database "nowhere"',
    );
    expect(await failing(database.url, 'no_such_role')).toContain(
      'run ovis-migrate up, or grant the role to the login',
    );
    expect(await failing(`${database.url}?sslmode=require`)).toContain('the TLS handshake failed');
  });

  test('leaves other errors alone', () => {
    expect(describeConnectionError(new TypeError('x'), 'postgres://h/d')).toBeNull();
    expect(
      describeConnectionError(
        Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' }),
        '',
      ),
    ).toBeNull();
  });
});

describe(assertMigrated, () => {
  test('passes after the migrations, and says what to run before them', async () => {
    await using migrated = await createTestDatabase();
    await using empty = await createTestDatabase({ empty: true });
    for (const role of ['ovis_loader', 'ovis_modeler']) {
      const pool = createPool({ url: migrated.url, applicationName: 'test', role });
      await assertMigrated(pool);
      await pool.end();
    }
    const pool = createPool({ url: empty.url, applicationName: 'test' });
    const failure = await assertMigrated(pool).catch((error: unknown) => error);
    await pool.end();
    expect(failure).toBeInstanceOf(NotMigratedError);
    expect((failure as Error).message).toMatch(
      /^the database is not migrated: (\d+) of \1 migrations are missing, the first is 0001_roles-and-schemas; run ovis-migrate up$/,
    );
  });
});
