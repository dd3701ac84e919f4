import { createTestDatabase } from '@ovis/dev-stack/testing';
import { Pool } from 'pg';
import { CREATE_READINGS, READINGS } from './readings.ts';

/** A database with the table of readings, and a pool into it. */
export interface ReadingsDatabase extends AsyncDisposable {
  readonly pool: Pool;
  readonly url: string;
  /** The stored rows by key: device, customer and payload. */
  stored(): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** A database of one test. Sessions run in a time zone far from UTC, so that a day taken in local time shows. */
export async function readingsDatabase(): Promise<ReadingsDatabase> {
  const database = await createTestDatabase({ empty: true });
  const pool = new Pool({ connectionString: database.url, max: 10, options: '-c TimeZone=Pacific/Kiritimati' });
  // A session that a test ends on purpose reports so while it is idle.
  pool.on('error', () => undefined);
  await pool.query(CREATE_READINGS);
  return {
    pool,
    url: database.url,
    async stored() {
      const { rows } = await pool.query<Record<string, unknown>>(
        `select device_id, queried_at::text, shard, customer_id, payload, run_id from ${READINGS} order by device_id, queried_at`,
      );
      return rows;
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
      await database.drop();
    },
  };
}
