import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { describe, expect, test } from 'vitest';
import { MigrationFailedError, MigrationLockTimeoutError, MigrationsNotFoundError } from '../errors.ts';
import { readAppliedMigrations } from './applied-migrations.ts';
import { migrateDown, migrateUp } from './migrate.ts';
import { migrationStatus } from './migration-status.ts';
import { migrationsDirectory, readMigrationNames } from './migrations-directory.ts';
import { dumpSchema } from './verify-schema.ts';

async function connect(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** A folder with the migrations of this version and more. */
async function withMore(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'ovis-migrations-'));
  await cp(migrationsDirectory, directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

const ownSchemas = `select nspname from pg_namespace where nspname !~ '^pg_|^public$|^information_schema$' order by 1`;

describe('migrations', () => {
  test('up, down and up again give the same schema; down leaves nothing but the books', async () => {
    await using database = await createTestDatabase({ empty: true });
    await using client = await connect(database.url);
    const names = await readMigrationNames(migrationsDirectory);
    expect((await migrateUp({ databaseUrl: database.url })).migrations).toEqual(names);
    const first = await dumpSchema({ databaseUrl: database.url });
    expect((await migrateDown({ databaseUrl: database.url, count: 'all' })).migrations).toEqual(names.toReversed());
    expect((await client.query(ownSchemas)).rows).toEqual([{ nspname: 'migrations' }]);
    expect((await client.query('select * from pg_default_acl')).rows).toEqual([]);
    await migrateUp({ databaseUrl: database.url });
    expect(await dumpSchema({ databaseUrl: database.url })).toBe(first);
  });

  test('each migration can be undone and applied again, with rows, months and models in place', async () => {
    await using database = await createTestDatabase();
    await using client = await connect(database.url);
    await client.query(`
      create table raw.device_last_updates_2026_11 partition of raw.device_last_updates for values from ('2026-11-01') to ('2026-12-01');
      create view staging.of_raw as select * from raw.device_last_updates;
      create table marts.of_staging as select * from staging.of_raw;
      insert into ops.runs (job, scheduled_for, cause, state) values ('twelve_hourly_elt', now(), 'manual', 'queued');`);
    const names = await readMigrationNames(migrationsDirectory);
    for (const name of names.toReversed()) {
      expect((await migrateDown({ databaseUrl: database.url, count: 1 })).migrations).toEqual([name]);
    }
    await migrateUp({ databaseUrl: database.url });
    expect((await migrationStatus({ databaseUrl: database.url })).every(({ state }) => state === 'applied')).toBe(true);
  });

  test('undoing one database leaves the roles to the others of the cluster', async () => {
    await using database = await createTestDatabase();
    await migrateDown({ databaseUrl: database.url, count: 'all' });
    await using client = await connect(database.url);
    const { rows } = await client.query(`select rolname from pg_roles where rolname like 'ovis\\_%' order by 1`);
    expect(rows.map(({ rolname }: { rolname: string }) => rolname)).toEqual([
      'ovis_loader',
      'ovis_modeler',
      'ovis_reader',
    ]);
  });

  test('a login that is no superuser may migrate its own database', async () => {
    await using database = await createTestDatabase({ empty: true });
    await using administrator = await connect(database.url);
    const login = `login_${database.name}`;
    await administrator.query(
      `create role ${login} login password 'secret'; alter database ${database.name} owner to ${login}`,
    );
    const databaseUrl = Object.assign(new URL(database.url), { username: login, password: 'secret' }).href;
    await expect(migrateUp({ databaseUrl })).rejects.toThrow(
      /0001_roles-and-schemas failed and was rolled back: permission denied/,
    );
    await administrator.query(`grant ovis_loader, ovis_modeler, ovis_reader to ${login} with admin option`);
    await migrateUp({ databaseUrl });
    const expected = await dumpSchema({ databaseUrl: (await createTestDatabase()).url });
    expect(await dumpSchema({ databaseUrl })).toBe(expected);
    await migrateDown({ databaseUrl, count: 'all' });
    await migrateUp({ databaseUrl });
  });

  test('a failure leaves the schema as it was and names the file, the line and the reason', async () => {
    await using database = await createTestDatabase();
    const before = await dumpSchema({ databaseUrl: database.url });
    await using more = await withMore({
      '9001_fine.sql': '-- Up Migration\ncreate table ops.fine (a int);\n-- Down Migration\ndrop table ops.fine;\n',
      '9002_broken.sql':
        '-- Up Migration\ncreate table ops.half (a int);\n\nselect no_such_column\nfrom ops.half;\n-- Down Migration\n',
    });
    const failure = await migrateUp({ databaseUrl: database.url, directory: more.directory }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(MigrationFailedError);
    expect(failure).toMatchObject({ migration: '9002_broken', code: '42703' });
    expect((failure as Error).message).toBe(
      'the migration 9002_broken failed and was rolled back: column "no_such_column" does not exist (line 4); ' +
        'the schema is as it was before. Mend the cause and start again',
    );
    expect(await dumpSchema({ databaseUrl: database.url })).toBe(before);
    await using client = await connect(database.url);
    const names = await readMigrationNames(migrationsDirectory);
    expect((await readAppliedMigrations(client)).map(({ name }) => name)).toEqual(names);
  });

  test('a failure in the first call leaves an empty database', async () => {
    await using database = await createTestDatabase({ empty: true });
    await using more = await withMore({ '9001_broken.sql': '-- Up Migration\nselect 1/0;\n-- Down Migration\n' });
    await expect(migrateUp({ databaseUrl: database.url, directory: more.directory })).rejects.toThrow(
      'division by zero',
    );
    await using client = await connect(database.url);
    expect((await client.query(ownSchemas)).rows).toEqual([]);
  });

  test('a migration without its two parts, or before one that was applied, is refused', async () => {
    await using database = await createTestDatabase();
    await using one = await withMore({ '9001_one-way.sql': 'create table ops.x (a int);\n' });
    await expect(migrateUp({ databaseUrl: database.url, directory: one.directory })).rejects.toThrow(
      '9001_one-way.sql needs the lines "-- Up Migration" and "-- Down Migration", once each',
    );
    await using early = await withMore({ '0003_a-late-thought.sql': '-- Up Migration\n-- Down Migration\n' });
    await expect(migrateUp({ databaseUrl: database.url, directory: early.directory })).rejects.toThrow(
      /Not run migration 0003_a-late-thought is preceding already run migration/,
    );
  });

  test('of two that start together one migrates, the other waits and finds nothing to do', async () => {
    await using database = await createTestDatabase({ empty: true });
    const both = await Promise.all([1, 2].map(() => migrateUp({ databaseUrl: database.url })));
    const names = await readMigrationNames(migrationsDirectory);
    expect(new Set(both.map(({ migrations }) => migrations.length))).toEqual(new Set([0, names.length]));
  });

  test('waits for another only as long as it may', async () => {
    await using database = await createTestDatabase({ empty: true });
    await using other = await connect(database.url);
    await other.query(`begin; select pg_advisory_xact_lock(hashtextextended('ovis-migrate', 0))`);
    const failure = await migrateUp({ databaseUrl: database.url, lockWaitSeconds: 0.2 }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(MigrationLockTimeoutError);
    expect(failure).toMatchObject({ retryability: 'transient' });
    const waiting = migrateUp({ databaseUrl: database.url, lockWaitSeconds: 30 });
    await sleep(100);
    await other.query('commit');
    expect((await waiting).migrations).not.toEqual([]);
  });

  test('a database that has more than this version knows is fine for up, and status tells', async () => {
    await using database = await createTestDatabase();
    await using more = await withMore({ '9001_next.sql': '-- Up Migration\n-- Down Migration\n' });
    await migrateUp({ databaseUrl: database.url, directory: more.directory });
    expect((await migrateUp({ databaseUrl: database.url })).migrations).toEqual([]);
    expect((await migrationStatus({ databaseUrl: database.url })).at(-1)).toMatchObject({
      name: '9001_next',
      state: 'unknown',
    });
  });

  test('a folder that is not there is named', async () => {
    await expect(migrateUp({ databaseUrl: 'postgres://h/d', directory: '/no/such' })).rejects.toThrow(
      MigrationsNotFoundError,
    );
  });
});
