import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { runner, type RunnerOption } from 'node-pg-migrate';
import type { Client } from 'pg';
import { withClient } from '../connection/with-client.ts';
import { MigrationFailedError, MigrationLockTimeoutError, WarehouseError } from '../errors.ts';
import { BOOKS, readAppliedMigrations } from './applied-migrations.ts';
import { migrationsDirectory, readMigrationNames } from './migrations-directory.ts';
import { lineOfPosition, splitMigration } from './split-migration.ts';

/** Which database to migrate, and how patiently. */
export interface MigrateOptions {
  /** The login has to own the database (or be a superuser) and, the first time in a cluster, be able to create roles. */
  readonly databaseUrl: string;
  /** The folder of migrations. Default: {@link migrationsDirectory}. */
  readonly directory?: string;
  /** Longest time to wait for another process that migrates the same database, in seconds. Default: 300. */
  readonly lockWaitSeconds?: number;
  /** Longest time a migration may wait for a lock that others hold on a table, in seconds. Default: 30. */
  readonly tableLockWaitSeconds?: number;
}

/** What a call did. */
export interface MigrateResult {
  /** Names of the migrations that were applied or undone, in that order; empty if there was nothing to do. */
  readonly migrations: readonly string[];
}

/**
 * Applies all migrations that the database does not have, in one transaction: all of them or none. A second process that does the same waits for
 * the first and then finds nothing to do.
 *
 * @throws MigrationLockTimeoutError, MigrationFailedError, MigrationsNotFoundError, DatabaseUnreachableError.
 */
export async function migrateUp(options: MigrateOptions): Promise<MigrateResult> {
  return migrate(options, 'up', Number.POSITIVE_INFINITY);
}

/**
 * Undoes the newest `count` migrations, in one transaction. **The tables that they made go with their rows.**
 *
 * @param options `count`: how many; `'all'` leaves an empty database.
 * @throws MigrationLockTimeoutError, MigrationFailedError, MigrationsNotFoundError, DatabaseUnreachableError.
 */
export async function migrateDown(
  options: MigrateOptions & { readonly count: number | 'all' },
): Promise<MigrateResult> {
  return migrate(options, 'down', options.count === 'all' ? Number.POSITIVE_INFINITY : options.count);
}

type Direction = 'up' | 'down';

async function migrate(options: MigrateOptions, direction: Direction, count: number): Promise<MigrateResult> {
  const directory = options.directory ?? migrationsDirectory;
  const known = await readMigrationNames(directory);
  const connection = {
    url: options.databaseUrl,
    applicationName: 'ovis-migrate',
    statementTimeoutMs: 0,
    idleInTransactionTimeoutMs: 0,
  };
  return withClient(connection, async (client) => {
    await client.query('begin');
    try {
      await assertServerVersion(client);
      await takeLock(client, options.lockWaitSeconds ?? 300);
      await setLockTimeout(client, options.tableLockWaitSeconds ?? 30);
      const applied = new Set((await readAppliedMigrations(client)).map(({ name }) => name));
      const isDone = direction === 'up' ? known.every((name) => applied.has(name)) : applied.size === 0;
      return { migrations: isDone ? [] : await run(client, directory, direction, count) };
    } finally {
      // After a failure this undoes everything; after a success node-pg-migrate has committed and there is nothing to undo.
      await client.query('rollback').catch(() => undefined);
    }
  });
}

const OLDEST_SERVER = 18;

/** The loader counts what an upsert did by `returning old`, which came with PostgreSQL 18. */
async function assertServerVersion(client: Client): Promise<void> {
  const { rows } = await client.query<{ version: string; number: number }>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int as number`,
  );
  const server = rows[0];
  if (!server || server.number >= OLDEST_SERVER * 10_000) return;
  throw new WarehouseError(
    `the server is PostgreSQL ${server.version}; version ${String(OLDEST_SERVER)} or later is needed: upgrade it, or point DATABASE_URL at another`,
    'terminal',
  );
}

/** Held to the end of the transaction, so that a process that dies leaves no lock. */
async function takeLock(client: Client, waitSeconds: number): Promise<void> {
  await setLockTimeout(client, waitSeconds);
  try {
    await client.query(`select pg_advisory_xact_lock(hashtextextended('ovis-migrate', 0))`);
  } catch (cause) {
    if (codeOf(cause) === '55P03') throw new MigrationLockTimeoutError(waitSeconds, { cause });
    throw cause;
  }
}

async function setLockTimeout(client: Client, seconds: number): Promise<void> {
  // 0 would mean to wait for ever.
  const milliseconds = Math.max(1, Math.round(seconds * 1000));
  await client.query(`select set_config('lock_timeout', $1, true)`, [`${String(milliseconds)}ms`]);
}

async function run(client: Client, directory: string, direction: Direction, count: number): Promise<readonly string[]> {
  const current: { migration: string | null; sql: string } = { migration: null, sql: '' };
  const options: RunnerOption = {
    dbClient: client,
    dir: directory,
    ignorePattern: String.raw`(?!\d{4}_.+\.sql$).*`,
    direction,
    count,
    migrationsSchema: BOOKS.schema,
    migrationsTable: BOOKS.table,
    createMigrationsSchema: true,
    // Its BEGIN is a no-op within our transaction and its COMMIT ends it: the books, the lock and the migrations are one.
    singleTransaction: true,
    noLock: true,
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    migrationLoaderStrategies: [{ extensions: ['.sql'], loader: loader((part) => Object.assign(current, part)) }],
  };
  try {
    return (await runner(options)).map(({ name }) => name);
  } catch (cause) {
    throw new MigrationFailedError(current.migration, codeOf(cause), problemOf(cause, current.sql), { cause });
  }
}

type Loader = Exclude<NonNullable<RunnerOption['migrationLoaderStrategies']>[number]['loader'], string>;

/** Loads plain SQL and tells which part is being applied, which node-pg-migrate's errors do not say. */
function loader(onApply: (part: { migration: string; sql: string }) => void): Loader {
  return (paths) =>
    Promise.all(
      paths.map(async (path) => {
        const migration = basename(path, '.sql');
        const parts = splitMigration(await readFile(path, 'utf8'));
        if (parts === null) {
          throw new Error(`${basename(path)} needs the lines "-- Up Migration" and "-- Down Migration", once each`);
        }
        const action = (direction: Direction) => (builder: { sql: (text: string) => void }) => {
          onApply({ migration, sql: parts[direction] });
          builder.sql(parts[direction]);
        };
        return { id: path, filePaths: [path], actions: { up: action('up'), down: action('down') } };
      }),
    );
}

function problemOf(cause: unknown, sql: string): string {
  if (!(cause instanceof Error)) return 'something that is no error was thrown';
  const position = 'position' in cause ? Number(cause.position) : 0;
  const place = position > 0 ? ` (line ${String(lineOfPosition(sql, position))})` : '';
  return `${cause.message.replaceAll(/\s+/g, ' ')}${place}`;
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
