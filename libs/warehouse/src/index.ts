export { createPool, type PoolOptions } from './connection/pool.ts';
export { clientConfig, type ConnectionOptions } from './connection/client-config.ts';
export { describeConnectionError } from './connection/connection-error.ts';
export type { Database, JsonValue } from './database.generated.ts';
export {
  DatabaseSettingsError,
  DatabaseUnreachableError,
  MigrationFailedError,
  MigrationLockTimeoutError,
  MigrationsNotFoundError,
  NotMigratedError,
  WarehouseError,
} from './errors.ts';
export { assertMigrated } from './migrations/assert-migrated.ts';
export { migrationsDirectory } from './migrations/migrations-directory.ts';
export { migrateDown, migrateUp, type MigrateOptions, type MigrateResult } from './migrations/migrate.ts';
export { migrationStatus, type MigrationStatus } from './migrations/migration-status.ts';
export { dumpSchema, verifySchema, type SchemaVerification } from './migrations/verify-schema.ts';
