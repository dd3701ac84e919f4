import type { Retryability } from '@ovis/foundation';

/** Base of all errors of this library. No message holds a connection string, a password or a row value. */
export class WarehouseError extends Error {
  override readonly name: string = 'WarehouseError';
  /** Whether doing the same again may help. */
  readonly retryability: Retryability;

  constructor(message: string, retryability: Retryability, options?: ErrorOptions) {
    super(message, options);
    this.retryability = retryability;
  }
}

/** The given connection string or role cannot be used. */
export class DatabaseSettingsError extends WarehouseError {
  override readonly name = 'DatabaseSettingsError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, 'terminal', options);
  }
}

/** The server could not be reached, or would not let us in. */
export class DatabaseUnreachableError extends WarehouseError {
  override readonly name = 'DatabaseUnreachableError';
  /** The driver's or the server's code, such as ECONNREFUSED or 28P01 (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
  readonly code: string | null;

  constructor(message: string, code: string | null, retryability: Retryability, options?: ErrorOptions) {
    super(message, retryability, options);
    this.code = code;
  }
}

/** The folder of migrations is not where it was looked for, or is not whole. */
export class MigrationsNotFoundError extends WarehouseError {
  override readonly name = 'MigrationsNotFoundError';
  readonly directory: string;

  constructor(directory: string, problem: string, options?: ErrorOptions) {
    super(
      `${problem} in ${directory}; point OVIS_MIGRATIONS_DIRECTORY at the folder "migrations" of this version`,
      'terminal',
      options,
    );
    this.directory = directory;
  }
}

/** Migrations that this version needs have not been applied to the database. */
export class NotMigratedError extends WarehouseError {
  override readonly name = 'NotMigratedError';
  readonly pending: readonly string[];

  constructor(pending: readonly string[], known: number) {
    const first = pending[0] === undefined ? '' : `, the first is ${pending[0]}`;
    super(
      `the database is not migrated: ${String(pending.length)} of ${String(known)} migrations are missing${first}; run ovis-migrate up`,
      'terminal',
    );
    this.pending = pending;
  }
}

/** Another process held the migration lock for longer than the caller was ready to wait. */
export class MigrationLockTimeoutError extends WarehouseError {
  override readonly name = 'MigrationLockTimeoutError';
  readonly waitedSeconds: number;

  constructor(waitedSeconds: number, options?: ErrorOptions) {
    super(
      `another process is migrating this database and was not done within ${String(waitedSeconds)} s; ` +
        'see in pg_stat_activity what application "ovis-migrate" does, or wait longer with --lock-wait-seconds',
      'transient',
      options,
    );
    this.waitedSeconds = waitedSeconds;
  }
}

/** A migration failed; the transaction of the whole call was rolled back, so the schema is as it was before. */
export class MigrationFailedError extends WarehouseError {
  override readonly name = 'MigrationFailedError';
  /** Null when the failure was not within a migration. */
  readonly migration: string | null;
  /** The server's error code, if it was the server that refused. */
  readonly code: string | null;

  constructor(migration: string | null, code: string | null, problem: string, options?: ErrorOptions) {
    const what = migration === null ? 'migrating' : `the migration ${migration}`;
    super(
      `${what} failed and was rolled back: ${problem}; the schema is as it was before. Mend the cause and start again`,
      'terminal',
      options,
    );
    this.migration = migration;
    this.code = code;
  }
}
