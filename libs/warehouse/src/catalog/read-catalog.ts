import type { ClientBase } from 'pg';
import type { Catalog } from './catalog.ts';
import { DEFAULT_PRIVILEGES, EXTENSIONS, FUNCTIONS, ROLES, SCHEMAS, TABLES, TYPES } from './catalog-queries.ts';

/** Schemas whose every object is made by a migration. */
const MIGRATED_SCHEMAS = ['ops', 'pgboss', 'raw'] as const;
/** Schemas that migrations make and others fill. */
const FILLED_SCHEMAS = ['marts', 'seeds', 'staging'] as const;
const ROLE_NAMES = ['ovis_loader', 'ovis_modeler', 'ovis_reader'] as const;

/**
 * Reads what the migrations made from the catalogs, in one snapshot. Other schemas (such as a monitoring tool's) are not looked at.
 *
 * @param client outside a transaction.
 */
export async function readCatalog(client: ClientBase): Promise<Catalog> {
  await client.query('begin transaction isolation level repeatable read, read only');
  try {
    // Names in definitions are qualified by schema whatever the server's settings are.
    await client.query(`select set_config('search_path', '', true), set_config('timezone', 'UTC', true)`);
    const everySchema = [...MIGRATED_SCHEMAS, ...FILLED_SCHEMAS];
    return {
      roles: await read(client, ROLES, everySchema),
      schemas: await read(client, SCHEMAS, everySchema),
      extensions: await read(client, EXTENSIONS, everySchema),
      types: await read(client, TYPES, MIGRATED_SCHEMAS),
      tables: await read(client, TABLES, MIGRATED_SCHEMAS),
      functions: await read(client, FUNCTIONS, MIGRATED_SCHEMAS),
      defaultPrivileges: await read(client, DEFAULT_PRIVILEGES, everySchema),
    };
  } finally {
    await client.query('rollback');
  }
}

async function read<T>(client: ClientBase, query: string, schemas: readonly string[]): Promise<readonly T[]> {
  const { rows } = await client.query<{ item: T }>(query, [schemas, ROLE_NAMES]);
  return rows.map(({ item }) => item);
}
