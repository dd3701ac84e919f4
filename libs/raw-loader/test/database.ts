import { createTestDatabase } from '@ovis/dev-stack/testing';
import { Pool, type PoolClient } from 'pg';
import { CREATE_READINGS, READINGS } from './readings.ts';

/** A database with the table of readings, and a pool into it. */
export interface ReadingsDatabase extends AsyncDisposable {
  readonly pool: Pool;
  readonly url: string;
  /** What is stored, as the model of claims tells it. */
  storedClaims(): Promise<ReadonlyMap<string, unknown>>;
  /** The stored rows by key: device, customer and payload. */
  stored(): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** A pool of one session, which stays open between uses. */
export function poolOfOne(client: PoolClient): Pick<Pool, 'connect'> {
  const session = new Proxy(client, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (name === 'release') return () => undefined;
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
  return { connect: async () => session };
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
    async storedClaims() {
      const { rows } = await pool.query<{ key: string; says: unknown; run_id: string }>(
        `select device_id || ' ' || to_char(queried_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as key,
           jsonb_build_object('customer', customer_id, 'shard', shard, 'payload', payload) as says, run_id
         from ${READINGS}`,
      );
      return new Map(rows.map((one) => [one.key, [one.says, one.run_id]]));
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
      await database.drop();
    },
  };
}
