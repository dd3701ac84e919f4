import type { ClientBase, Pool } from 'pg';

/** Where node-pg-migrate keeps its books; apart from `ops`, which itself comes and goes by migrations. */
export const BOOKS = { schema: 'migrations', table: 'applied' } as const;

/** A migration that the database has. */
export interface AppliedMigration {
  readonly name: string;
  readonly appliedAt: Date;
}

/** The migrations that a database has, in the order in which they were applied; none if it was never migrated. */
export async function readAppliedMigrations(database: ClientBase | Pool): Promise<readonly AppliedMigration[]> {
  const books = await database.query<{ exists: boolean }>(
    `select exists (
       select from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
       where n.nspname = $1 and c.relname = $2) as exists`,
    [BOOKS.schema, BOOKS.table],
  );
  if (books.rows[0]?.exists !== true) return [];
  // node-pg-migrate writes a timestamp without time zone; our sessions write it in UTC.
  const applied = await database.query<AppliedMigration>(
    `select name, run_on at time zone 'UTC' as "appliedAt" from ${BOOKS.schema}.${BOOKS.table} order by run_on, id`,
  );
  return applied.rows;
}
