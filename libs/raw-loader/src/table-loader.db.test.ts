import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { poolOfOne, readingsDatabase } from '../test/database.ts';
import { clock, groupsOf, readings, READINGS, row } from '../test/readings.ts';
import type { CommittedBatch, LoadResult } from './load-stream.ts';
import type { RowGroup } from './raw-row.ts';
import { createTableLoader, type TableLoader, type TableLoaderOptions } from './table-loader.ts';
import type { LoaderTransaction } from './transaction.ts';

/** A stream's owner, in these tests: the bookkeeping of its own share. */
type Commit = (tx: LoaderTransaction, batch: CommittedBatch<number>) => Promise<void>;
type Loader = TableLoader<Commit, number>;

/** Long enough for a slow machine: what waits for it would make its test too slow to pass. */
const LONG_MS = 60_000;

/** A loader of readings whose commit calls the owner of each share. */
function loaderOf(
  options: Pick<TableLoaderOptions<Commit, number>, 'pool'> & Partial<TableLoaderOptions<Commit, number>>,
): Loader {
  return createTableLoader({
    table: readings,
    clock,
    maxWaitMs: LONG_MS,
    commit: async (tx, batches) => {
      for (const { owner, ...batch } of batches) await owner(tx, batch);
    },
    ...options,
  });
}

const nothing: Commit = async () => {};

/** One row for each device, in one group. */
function load(loader: Loader, devices: readonly string[], owner = nothing, signal?: AbortSignal): Promise<LoadResult> {
  const groups = groupsOf(devices.map((deviceId) => row({ deviceId })));
  return loader.load({ groups, owner, ...(signal ? { signal } : {}) });
}

async function transactionOf(tx: LoaderTransaction): Promise<unknown> {
  return (await tx.query('select pg_current_xact_id()::text as id')).rows[0]?.['id'];
}

describe(createTableLoader, () => {
  test('stores streams that end together in one transaction, and tells each its own counts', async () => {
    await using database = await readingsDatabase();
    const loader = loaderOf({ pool: database.pool });
    await load(loader, ['d-1']);
    const transactions = new Set<unknown>();
    const commit: Commit = async (tx) => {
      transactions.add(await transactionOf(tx));
    };
    const results = await Promise.all([
      load(loader, ['d-1', 'd-2'], commit),
      load(loader, ['d-3', 'd-4', 'd-4'], commit),
      load(loader, ['d-2'], commit),
      load(loader, [], commit),
    ]);
    expect(transactions.size).toBe(1);
    expect(results).toMatchObject([
      { inserted: 0, unchanged: 1, duplicates: 1, batches: 1 },
      { inserted: 2, unchanged: 0, duplicates: 1, batches: 1 },
      { inserted: 1, unchanged: 0, duplicates: 0, batches: 1 },
      { inserted: 0, unchanged: 0, duplicates: 0, batches: 1 },
    ]);
  });

  test('lets a stream that has ended wait no longer than told for one that still reads', async () => {
    await using database = await readingsDatabase();
    const loader = loaderOf({ pool: database.pool, maxWaitMs: 1 });
    const gate = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<RowGroup<number>> {
      yield { rows: [row({ deviceId: 'd-1' })], checkpoint: 1 };
      await gate.promise;
    }
    const checkpoints: number[] = [];
    const reading = loader.load({
      groups: slow(),
      owner: async (_, batch) => {
        checkpoints.push(batch.checkpoint);
      },
    });
    expect(await load(loader, ['d-2'])).toMatchObject({ inserted: 1 });
    expect(checkpoints).toEqual([]);
    gate.resolve();
    expect(await reading).toMatchObject({ inserted: 1, batches: 1 });
  });

  test('fails the stream alone whose commit throws, and stores the others of its batch', async () => {
    await using database = await readingsDatabase();
    const loader = loaderOf({ pool: database.pool });
    const fenced = new RangeError('fenced off');
    const calls: (readonly [string, number])[] = [];
    const count =
      (name: string): Commit =>
      async (_, batch) => {
        calls.push([name, batch.inserted]);
      };
    const outcomes = await Promise.allSettled([
      load(loader, ['d-1', 'd-2'], count('one')),
      load(loader, ['d-2', 'd-3'], () => Promise.reject(fenced)),
      load(loader, ['d-4'], count('three')),
    ]);
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: { inserted: 2 } },
      { status: 'rejected', reason: fenced },
      { status: 'fulfilled', value: { inserted: 1 } },
    ]);
    expect((await database.stored()).map(({ device_id }) => device_id)).toEqual(['d-1', 'd-2', 'd-4']);
    // Once in the batch that was rolled back, where the claim of the fenced stream won, and once alone.
    expect(calls).toEqual([
      ['one', 1],
      ['one', 2],
      ['three', 1],
    ]);
  });

  test('fails the stream alone whose commit has a statement refused, or swallows that', async () => {
    await using database = await readingsDatabase();
    const loader = loaderOf({ pool: database.pool });
    const outcomes = await Promise.allSettled([
      load(loader, ['d-1'], async (tx) => void (await tx.query('select 1 / 0'))),
      load(loader, ['d-2'], async (tx) => void (await tx.query('select 1'))),
      load(loader, ['d-3'], async (tx) => void (await tx.query('select 1 / 0').catch(() => undefined))),
    ]);
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { sqlState: '22012', retryability: 'terminal' } },
      { status: 'fulfilled' },
      { status: 'rejected', reason: { message: expect.stringContaining('was rolled back') } },
    ]);
    expect((await database.stored()).map(({ device_id }) => device_id)).toEqual(['d-2']);
  });

  test('fails all streams of a batch as transient when its connection is lost, storing none', async () => {
    await using database = await readingsDatabase();
    const loader = loaderOf({ pool: database.pool });
    const terminate: Commit = async (tx) => {
      const { rows } = await tx.query('select pg_backend_pid() as pid');
      const client = new Client({ connectionString: database.url });
      await client.connect();
      await client.query('select pg_terminate_backend($1)', [rows[0]?.['pid']]);
      await client.end();
    };
    let calls = 0;
    const outcomes = await Promise.allSettled([
      load(loader, ['d-1'], terminate),
      load(loader, ['d-2'], async () => {
        calls += 1;
      }),
    ]);
    const transient = { status: 'rejected', reason: { name: 'RawLoaderError', retryability: 'transient' } };
    expect([outcomes, calls]).toMatchObject([[transient, transient], 1]);
    expect(await database.stored()).toEqual([]);
    expect(await load(loader, ['d-3'])).toMatchObject({ inserted: 1 });
  });

  test('leaves out a stream that is aborted before its batch is sent', async () => {
    await using database = await readingsDatabase();
    const loader = loaderOf({ pool: database.pool });
    const gate = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<RowGroup<number>> {
      yield { rows: [row({ deviceId: 'd-1' })], checkpoint: 1 };
      await gate.promise;
    }
    const reading = loader.load({ groups: slow(), owner: nothing });
    const controller = new AbortController();
    const aborted = load(loader, ['d-2'], undefined, controller.signal);
    const stopped = new Error('stop');
    setTimeout(() => controller.abort(stopped), 20);
    await expect(aborted).rejects.toBe(stopped);
    gate.resolve();
    expect(await reading).toMatchObject({ inserted: 1 });
    expect((await database.stored()).map(({ device_id }) => device_id)).toEqual(['d-1']);
  });

  test('fails a stream that is aborted while its batch is stored, and spares the others of the batch', async () => {
    await using database = await readingsDatabase();
    const loader = loaderOf({ pool: database.pool });
    const controller = new AbortController();
    const stopped = new Error('stop');
    const abort: Commit = async () => controller.abort(stopped);
    const outcomes = await Promise.allSettled([
      load(loader, ['d-1'], abort, controller.signal),
      load(loader, ['d-2'], undefined, new AbortController().signal),
    ]);
    expect(outcomes).toMatchObject([{ status: 'rejected', reason: stopped }, { status: 'fulfilled' }]);
  });

  test('ends a batch at once when all of its streams are aborted', async () => {
    await using database = await readingsDatabase();
    const loader = loaderOf({ pool: database.pool });
    const controller = new AbortController();
    const stopped = new Error('stop');
    const sleep: Commit = async (tx) => {
      setTimeout(() => controller.abort(stopped), 20);
      await tx.query('select pg_sleep(60)');
    };
    const outcomes = await Promise.allSettled([
      load(loader, ['d-1'], sleep, controller.signal),
      load(loader, ['d-2'], undefined, controller.signal),
    ]);
    expect(outcomes).toMatchObject([{ reason: stopped }, { reason: stopped }]);
    expect(await database.stored()).toEqual([]);
  });

  test('takes no more into memory than a few batches, however many streams there are', async () => {
    await using database = await readingsDatabase();
    const [streams, groups, maxBatchBytes] = [40, 20, 20_000];
    const loader = loaderOf({ pool: database.pool, maxBatchBytes, maxTransactions: 2 });
    const gate = Promise.withResolvers<void>();
    let read = 0;
    async function* wide(stream: number): AsyncGenerator<RowGroup<number>> {
      for (let group = 0; group < groups; group += 1) {
        read += 1;
        const rows = Array.from({ length: 10 }, (_, index) => row({ deviceId: `d-${stream}-${group}-${index}` }));
        yield { rows, checkpoint: group };
      }
    }
    const batches: CommittedBatch<number>[] = [];
    const commit: Commit = async (_, batch) => {
      batches.push(batch);
      await gate.promise;
    };
    const loading = Promise.all(
      Array.from({ length: streams }, (_, stream) => loader.load({ groups: wide(stream), owner: commit })),
    );
    while (batches.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const readAhead = read;
    gate.resolve();
    const results = await loading;
    const groupBytes = results[0]!.bytes / groups;
    // Two batches on their way, one collected, each with one group too many at most; and the group in each stream's hands.
    expect(readAhead).toBeLessThanOrEqual(3 * (maxBatchBytes / groupBytes + 1) + streams);
    expect(results.map(({ inserted }) => inserted)).toEqual(results.map(() => groups * 10));
  });

  test('sends nothing more of a stream that had a row refused, however long its source takes to end', async () => {
    await using database = await readingsDatabase();
    const loader = loaderOf({ pool: database.pool, maxBatchBytes: 500 });
    const gate = Promise.withResolvers<void>();
    const isRefused = Promise.withResolvers<void>();
    const good = row({ deviceId: 'd-1' });
    async function* bad(): AsyncGenerator<RowGroup<number>> {
      try {
        yield { rows: [good], checkpoint: 1 };
        yield { rows: [good, { ...good, allowed: JSON.parse('{}') }], checkpoint: 2 };
      } finally {
        isRefused.resolve();
        await gate.promise;
      }
    }
    const refused = loader.load({ groups: bad(), owner: nothing });
    await isRefused.promise;
    expect(await load(loader, ['d-2', 'd-3', 'd-4', 'd-5'])).toMatchObject({ inserted: 4 });
    gate.resolve();
    await expect(refused).rejects.toThrow('refused a row that no allowlist has projected');
    expect((await database.stored()).map(({ device_id }) => device_id)).toEqual(['d-2', 'd-3', 'd-4', 'd-5']);
  });

  test('makes a month that is missing for any stream of a batch', async () => {
    await using database = await readingsDatabase();
    const loader = loaderOf({ pool: database.pool });
    const results = await Promise.all(
      ['2026-09-30T23:00:00Z', '2026-10-01T00:00:00Z'].map((queried_at) =>
        loader.load({ groups: groupsOf([row({ deviceId: 'd-1' }, { queried_at })]), owner: nothing }),
      ),
    );
    expect(results.map(({ inserted }) => inserted)).toEqual([1, 1]);
  });

  test('keeps one stage a session and role', async () => {
    await using database = await readingsDatabase();
    await load(loaderOf({ pool: database.pool }), ['d-1']);
    const client = await database.pool.connect();
    await client.query('discard temp');
    const role = `keeper_${Date.now()}`;
    await client.query(
      `create role ${role}; grant all on schema "raw ""x""" to ${role}; alter table ${READINGS} owner to ${role}`,
    );
    const loader = loaderOf({ pool: poolOfOne(client) });
    const stagesAfter = async (statement: string): Promise<number> => {
      await client.query(statement);
      await load(loader, ['d-1']);
      const { rowCount } = await client.query(
        `select from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'r'`,
      );
      return rowCount ?? 0;
    };
    try {
      const stages = [
        await stagesAfter('select 1'),
        await stagesAfter('select 1'),
        await stagesAfter(`set role ${role}`),
        await stagesAfter('select 1'),
        await stagesAfter('reset role'),
        await stagesAfter('discard temp'),
      ];
      expect(stages).toEqual([1, 1, 2, 2, 2, 1]);
      await client.query(`reassign owned by ${role} to current_user; drop owned by ${role}; drop role ${role}`);
    } finally {
      client.release(true);
    }
  });

  test('refuses limits that are not positive', () => {
    const pool = { connect: () => Promise.reject(new Error('unused')) };
    expect(() => loaderOf({ pool, maxBatchBytes: 0 })).toThrow('maxBatchBytes must be positive, not 0');
    expect(() => loaderOf({ pool, maxTransactions: -1 })).toThrow('maxTransactions must be positive');
  });
});
