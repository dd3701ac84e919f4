import type { Pool } from 'pg';
import { NotMigratedError } from '../errors.ts';
import { readAppliedMigrations } from './applied-migrations.ts';
import { migrationsDirectory, readMigrationNames } from './migrations-directory.ts';

/**
 * For programs to call when they start: they never migrate, and say so at once instead of failing in their first query.
 *
 * @param options `directory`: the folder of migrations. Default: {@link migrationsDirectory}.
 * @throws NotMigratedError if the database lacks a migration of this version. One that has more of them is fine.
 * @throws MigrationsNotFoundError if the folder is not there.
 */
export async function assertMigrated(pool: Pool, options: { readonly directory?: string } = {}): Promise<void> {
  const known = await readMigrationNames(options.directory ?? migrationsDirectory);
  const applied = new Set((await readAppliedMigrations(pool)).map(({ name }) => name));
  const pending = known.filter((name) => !applied.has(name));
  if (pending.length > 0) throw new NotMigratedError(pending, known.length);
}
