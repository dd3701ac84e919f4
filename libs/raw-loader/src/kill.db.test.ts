import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { readingsDatabase, type ReadingsDatabase } from '../test/database.ts';
import { clock, groupsOf, readings, row } from '../test/readings.ts';
import { loadRows, type LoadOptions } from './load-rows.ts';
import type { RawRow } from './raw-row.ts';

/** Ends the session of the first backend that `where` finds, once it is found. */
async function terminate(database: ReadingsDatabase, where: string): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  for (;;) {
    const { rowCount } = await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database() and ${where}`,
    );
    if (rowCount !== null && rowCount > 0) break;
  }
  await client.end();
}

const pages = Array.from({ length: 6 }, (_, page) =>
  Array.from({ length: 500 }, (__, index) => row({ deviceId: `d-${page}-${index}`, value: index })),
);

function load(
  database: ReadingsDatabase,
  commit: LoadOptions<number>['commit'],
  groups: readonly (readonly RawRow[])[] = pages,
) {
  return loadRows({
    pool: database.pool,
    table: readings,
    clock,
    groups: groupsOf(...groups),
    maxBatchBytes: 1,
    commit,
  });
}

describe('a load whose session ends', () => {
  test('in the middle of a transaction fails as transient, and the next load goes on at the checkpoint', async () => {
    await using database = await readingsDatabase();
    let done = 0;
    const dying: LoadOptions<number>['commit'] = async (tx, batch) => {
      if (batch.checkpoint === 4)
        await Promise.all([tx.query('select pg_sleep(60)'), terminate(database, `query like 'select pg_sleep%'`)]);
      done = batch.checkpoint;
    };
    await expect(load(database, dying)).rejects.toMatchObject({ sqlState: '57P01', retryability: 'transient' });
    expect([done, (await database.stored()).length]).toEqual([3, 1500]);
    expect(await load(database, async () => {}, pages.slice(done))).toMatchObject({
      inserted: 1500,
      updated: 0,
      unchanged: 0,
    });
  });

  test('while it copies fails as transient, and loading all of it again changes nothing that was stored', async () => {
    await using database = await readingsDatabase();
    const large = Array.from({ length: 60_000 }, (_, index) => row({ deviceId: `e-${index}`, value: index }));
    const failing = load(database, async () => {}, [...pages, large]);
    const [outcome] = await Promise.allSettled([
      failing,
      terminate(database, `query like 'copy %' and state = 'active'`),
    ]);
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: { name: 'RawLoaderError', retryability: 'transient' },
    });
    const before = (await database.stored()).length;
    const again = await load(database, async () => {}, [...pages, large]);
    expect([again.inserted + before, again.unchanged, again.updated]).toEqual([63_000, before, 0]);
  });

  test('while the callback does something else fails at the commit as transient', async () => {
    await using database = await readingsDatabase();
    const dying: LoadOptions<number>['commit'] = () => terminate(database, `state = 'idle in transaction'`);
    await expect(load(database, dying)).rejects.toMatchObject({ name: 'RawLoaderError', retryability: 'transient' });
    expect(await database.stored()).toEqual([]);
  });

  test('leaves the pool usable', async () => {
    await using database = await readingsDatabase();
    for (let round = 0; round < 3; round += 1) {
      const dying: LoadOptions<number>['commit'] = (tx) =>
        Promise.all([tx.query('select pg_sleep(60)'), terminate(database, `query like 'select pg_sleep%'`)]).then(
          () => {},
        );
      await expect(load(database, dying)).rejects.toThrow('terminating connection due to administrator command');
    }
    expect(await load(database, async () => {})).toMatchObject({ inserted: 3000 });
    expect(database.pool.totalCount).toBeLessThanOrEqual(2);
  });

  test('before it begins is reported as a connection that cannot be had', async () => {
    await using database = await readingsDatabase();
    const pool = {
      connect: () => new Client({ host: '127.0.0.1', port: 1 }).connect(),
    } as unknown as typeof database.pool;
    await expect(
      loadRows({ pool, table: readings, clock, groups: groupsOf([]), commit: async () => {} }),
    ).rejects.toMatchObject({
      retryability: 'transient',
      message: expect.stringContaining('connecting to PostgreSQL failed: connect ECONNREFUSED'),
    });
  });
});
