import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { startSimulator, type Simulator } from '@ovis/fleet-simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runScheduler, settingsFor, type Ended } from './testing/run-scheduler.ts';

const NOON = '2026-11-23T12:00:00Z';
const RUN = ['run', 'twelve_hourly_elt', '--now', NOON];

let simulator: Simulator;
let database: TestDatabase;
let settings: Readonly<Record<string, string>>;

beforeAll(async () => {
  simulator = await startSimulator({ devices: 60, customers: 10, shards: 2, now: NOON });
  database = await createTestDatabase();
  settings = settingsFor(database.url, simulator);
});

afterAll(async () => {
  await simulator.close();
  await database.drop();
});

function without(name: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key !== name));
}

function changedUrl(change: (url: URL) => void): Readonly<Record<string, string>> {
  const url = new URL(database.url);
  change(url);
  return { ...settings, DATABASE_URL: url.href };
}

/** One clear message, no stack trace, no secret. */
function expectClear({ stderr, stdout }: Ended, message: RegExp | string): void {
  const said = stderr + stdout;
  expect(said).toMatch(message);
  expect(said).not.toMatch(/\n\s+at .*(?:\(|file:).+:\d+:\d+/);
  expect(said).not.toContain('node:internal');
  expect(said).not.toMatch(/hidden-password|:secret@|:ovis@/);
}

describe('wrong settings and arguments end with code 2', () => {
  test.each([
    [
      'a missing DATABASE_URL',
      RUN,
      () => without('DATABASE_URL'),
      /^ovis-scheduler: DATABASE_URL is not set; give a URL like postgres:\/\//,
    ],
    [
      'a DATABASE_URL of another kind',
      RUN,
      () => ({ ...settings, DATABASE_URL: 'mysql://u:hidden-password@h/d' }),
      'DATABASE_URL is not a PostgreSQL URL',
    ],
    [
      'a missing password',
      RUN,
      () => without('OVIS_SHARD_2_PASSWORD'),
      'OVIS_SHARD_2_PASSWORD is not set, nor is OVIS_PASSWORD',
    ],
    [
      'a shard that is no URL',
      RUN,
      () => ({ ...settings, OVIS_SHARDS: 'backend-1,backend-2' }),
      'OVIS_SHARDS is wrong: its 1. entry is no http or https URL',
    ],
    [
      'a wrong number',
      RUN,
      () => ({ ...settings, OVIS_MAX_REQUESTS_PER_SHARD: 'many' }),
      'OVIS_MAX_REQUESTS_PER_SHARD is "many"; it must be a whole number from 1 to 64',
    ],
    [
      'an unknown time zone',
      RUN,
      () => ({ ...settings, SCHEDULE_TIME_ZONE: 'Mars/Base' }),
      /"0 \*\/12 \* \* \*" in time zone "Mars\/Base" is no schedule/,
    ],
    ['an unknown job', ['run', 'hourly'], () => settings, 'there is no job "hourly"; the jobs are twelve_hourly_elt'],
    [
      'a date that is none',
      [...RUN, '--scheduled-for', 'noon'],
      () => settings,
      '"noon" is no point in time; expected e.g. 2026-11-23T12:00:00Z',
    ],
    [
      'a time that is no tick',
      [...RUN, '--scheduled-for', '2026-11-23T11:00:00Z'],
      () => settings,
      'the ticks around it are 2026-11-23T00:00:00.000Z and 2026-11-23T12:00:00.000Z',
    ],
    [
      'a snapshot of the past',
      [...RUN, '--scheduled-for', '2026-11-22T00:00:00Z'],
      () => settings,
      'the source knows only its present state',
    ],
    [
      'a day that no calendar has',
      [...RUN, '--scheduled-for', '2026-02-30T12:00:00Z'],
      () => settings,
      '"2026-02-30T12:00:00Z" is no point in time',
    ],
    [
      'a present time that is none',
      ['run', 'twelve_hourly_elt', '--now', '24'],
      () => settings,
      '"24" is no point in time; expected e.g. 2026-11-23T12:00:00Z',
    ],
    ['an unknown command', ['walk'], () => settings, "unknown command 'walk'"],
    ['an unknown option', [...RUN, '--fast'], () => settings, "unknown option '--fast'"],
  ])('%s', async (_, arguments_, environment, message) => {
    const ended = await runScheduler(arguments_, environment());
    expectClear(ended, message);
    expect(ended.exitCode).toBe(2);
  });
});

describe('what cannot be reached, or is not ready, ends with code 1', () => {
  test('a database that nobody serves', async () => {
    const ended = await runScheduler(
      RUN,
      changedUrl((url) => (url.port = '1')),
    );
    expectClear(
      ended,
      'no connection to PostgreSQL at 127.0.0.1:1: nothing listens there; start the server or correct DATABASE_URL',
    );
    expect(ended.exitCode).toBe(1);
  });

  test('the same, with the address in a mounted file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ovis-secret-'));
    try {
      await writeFile(join(folder, 'url'), 'postgres://ovis:hidden-password@127.0.0.1:1/ovis\n');
      const ended = await runScheduler(RUN, { ...without('DATABASE_URL'), DATABASE_URL_FILE: join(folder, 'url') });
      expectClear(ended, 'no connection to PostgreSQL at 127.0.0.1:1: nothing listens there');
      expect(ended.exitCode).toBe(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('a wrong password of the database', async () => {
    const ended = await runScheduler(
      RUN,
      changedUrl((url) => (url.password = 'hidden-password')),
    );
    expectClear(ended, 'the password of user "ovis" was refused; correct it in DATABASE_URL');
    expect(ended.exitCode).toBe(1);
  });

  test('a database that is not there', async () => {
    const ended = await runScheduler(
      RUN,
      changedUrl((url) => (url.pathname = '/nowhere')),
    );
    expectClear(ended, 'there is no database "nowhere"');
    expect(ended.exitCode).toBe(1);
  });

  test('a database that is not migrated', async () => {
    await using empty = await createTestDatabase({ empty: true });
    const ended = await runScheduler(RUN, { ...settings, DATABASE_URL: empty.url });
    expectClear(ended, /the database is not migrated: .*; run ovis-migrate up/);
    expect(ended.exitCode).toBe(1);
  });

  test('a shard that nobody serves: the other shard is loaded, and built', async () => {
    await using own = await createTestDatabase();
    const [first = ''] = (settings['OVIS_SHARDS'] ?? '').split(',');
    const ended = await runScheduler(RUN, {
      ...settings,
      DATABASE_URL: own.url,
      OVIS_SHARDS: `${first},http://127.0.0.1:1`,
    });
    expectClear(ended, /127\.0\.0\.1:1 could not be listed: .*127\.0\.0\.1:1/);
    expect(ended.stdout).toMatch(/marts\.last_updates_per_day +model +succeeded/);
    expect(ended.exitCode).toBe(1);
  });

  test('wrong credentials of a shard: named with their variable, the other shard is loaded', async () => {
    await using own = await createTestDatabase();
    const ended = await runScheduler(RUN, {
      ...settings,
      DATABASE_URL: own.url,
      OVIS_SHARD_2_PASSWORD: 'hidden-password',
    });
    expectClear(ended, 'OVIS_SHARD_2_PASSWORD');
    expect(ended.stdout).toMatch(/marts\.last_updates_per_day +model +succeeded/);
    expect(ended.exitCode).toBe(1);
  });

  test('a model with a syntax error: named with its file, what does not depend on it is built', async () => {
    await using own = await createTestDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'ovis-models-'));
    try {
      await cp(resolve(import.meta.dirname, '../../../models'), folder, { recursive: true });
      await writeFile(
        join(folder, 'models/staging/stg_thermostat_hierarchy.sql'),
        "selekt 1 from {{ source('raw', 'thermostat_hierarchy') }}\n",
      );
      const ended = await runScheduler(RUN, { ...settings, DATABASE_URL: own.url, OVIS_MODELS_DIRECTORY: folder });
      expectClear(ended, /models\/staging\/stg_thermostat_hierarchy\.sql: syntax error at or near "selekt"/);
      expect(ended.stdout).toMatch(/marts\.last_updates_per_day +model +succeeded/);
      expect(ended.exitCode).toBe(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test('no shard at all is said, and is no failure', async () => {
  await using own = await createTestDatabase();
  const ended = await runScheduler(RUN, { DATABASE_URL: own.url });
  expectClear(ended, 'skipped: no shard is set: OVIS_SHARDS is empty');
  expect(ended.exitCode).toBe(0);
});

test('list shows assets, jobs and schedules without a database', async () => {
  const ended = await runScheduler(['list'], {});
  expect(ended.exitCode).toBe(0);
  for (const name of [
    'raw.device_last_updates',
    'raw.thermostat_hierarchy',
    'marts.last_updates_per_day',
    'twelve_hourly_elt',
    '0 */12 * * *',
  ]) {
    expect(ended.stdout).toContain(name);
  }
});
