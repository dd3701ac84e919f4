import { withClient } from '../connection/with-client.ts';
import { readAppliedMigrations } from './applied-migrations.ts';
import { migrationsDirectory, readMigrationNames } from './migrations-directory.ts';

/** One migration, of this version or of the database. */
export interface MigrationStatus {
  readonly name: string;
  /** `unknown`: the database has it, this version does not (it is older than the database). */
  readonly state: 'applied' | 'pending' | 'unknown';
  /** Null while it is pending. */
  readonly appliedAt: Date | null;
}

/**
 * Compares the migrations of this version with those of the database.
 *
 * @returns in the order of their names.
 * @throws MigrationsNotFoundError, DatabaseUnreachableError.
 */
export async function migrationStatus(options: {
  readonly databaseUrl: string;
  readonly directory?: string;
}): Promise<readonly MigrationStatus[]> {
  const known = await readMigrationNames(options.directory ?? migrationsDirectory);
  const connection = { url: options.databaseUrl, applicationName: 'ovis-migrate' };
  const applied = await withClient(connection, (client) => readAppliedMigrations(client));
  const appliedAt = new Map(applied.map((migration) => [migration.name, migration.appliedAt]));
  const names = [...new Set([...known, ...appliedAt.keys()])].toSorted();
  return names.map((name) => {
    const at = appliedAt.get(name) ?? null;
    return { name, appliedAt: at, state: at === null ? 'pending' : known.includes(name) ? 'applied' : 'unknown' };
  });
}
