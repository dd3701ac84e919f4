import { diffLines } from '../catalog/diff-lines.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { renderSchema } from '../catalog/render-schema.ts';
import { withClient } from '../connection/with-client.ts';
import { readAppliedMigrations } from './applied-migrations.ts';
import { migrationsDirectory, readMigrationNames, readSchemaSnapshot } from './migrations-directory.ts';

/** Whether a database is as this version expects it. */
export interface SchemaVerification {
  /** Names of migrations of this version that the database lacks. */
  readonly pending: readonly string[];
  /** Names of migrations that the database has and this version does not know. */
  readonly unknown: readonly string[];
  /** What differs (`-` expected, `+` found); empty if nothing does. */
  readonly drift: string;
}

/**
 * Compares the live schema (tables, columns, constraints, indexes, functions, owners, grants, roles) with the one that the migrations give, as
 * the snapshot beside them tells it.
 *
 * @throws MigrationsNotFoundError, DatabaseUnreachableError.
 */
export async function verifySchema(options: {
  readonly databaseUrl: string;
  readonly directory?: string;
}): Promise<SchemaVerification> {
  const directory = options.directory ?? migrationsDirectory;
  const [known, expected] = await Promise.all([readMigrationNames(directory), readSchemaSnapshot(directory)]);
  return withClient({ url: options.databaseUrl, applicationName: 'ovis-migrate' }, async (client) => {
    const applied = (await readAppliedMigrations(client)).map(({ name }) => name);
    return {
      pending: known.filter((name) => !applied.includes(name)),
      unknown: applied.filter((name) => !known.includes(name)),
      drift: diffLines(expected, renderSchema(await readCatalog(client))),
    };
  });
}

/**
 * The live schema as text; what `schema.snapshot` and `docs/schema.sql` hold for a migrated database.
 *
 * @throws DatabaseUnreachableError.
 */
export async function dumpSchema(options: { readonly databaseUrl: string }): Promise<string> {
  return withClient({ url: options.databaseUrl, applicationName: 'ovis-migrate' }, async (client) =>
    renderSchema(await readCatalog(client)),
  );
}
