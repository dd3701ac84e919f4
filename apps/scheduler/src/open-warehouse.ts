import { assertMigrated, createPool } from '@ovis/warehouse';
import type { Pool } from 'pg';

/** Connections to the warehouse alone, for what needs no source. */
export interface Warehouse extends AsyncDisposable {
  /** Role `ovis_loader`. */
  readonly pool: Pool;
}

/** @throws NotMigratedError if the database is older than this version. */
export async function openWarehouse(databaseUrl: string): Promise<Warehouse> {
  const pool = createPool({ url: databaseUrl, applicationName: 'ovis-scheduler', role: 'ovis_loader', max: 2 });
  try {
    await assertMigrated(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return { pool, [Symbol.asyncDispose]: () => pool.end() };
}
