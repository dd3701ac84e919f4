import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { describe, expect, test } from 'vitest';
import { claims, Model, rowOf, type Claim } from '../test/claim-model.ts';
import { readingsDatabase } from '../test/database.ts';
import { clock, rankedReadings, readings, READINGS } from '../test/readings.ts';
import type { CommittedBatch, LoadResult, StreamBatch } from './load-stream.ts';
import type { RowGroup } from './raw-row.ts';
import type { RawTable } from './raw-table.ts';
import { createTableLoader } from './table-loader.ts';
import type { LoaderTransaction } from './transaction.ts';

/** A stream of groups; each comes after a while, and the commit of the group `fencedAt` (from 1), or a later one, is refused. */
interface Stream {
  readonly groups: readonly { readonly claims: readonly Claim[]; readonly delayMs: number }[];
  readonly fencedAt: number | null;
}

const streams: fc.Arbitrary<readonly Stream[]> = fc.array(
  fc.record({
    groups: fc.array(fc.record({ claims: fc.array(claims, { maxLength: 5 }), delayMs: fc.constantFrom(0, 0, 1, 4) }), {
      maxLength: 4,
    }),
    fencedAt: fc.option(fc.integer({ min: 1, max: 4 }), { freq: 4 }),
  }),
  { minLength: 1, maxLength: 6 },
);
const limits = fc.record({
  maxBatchBytes: fc.constantFrom(1, 900, 1e6),
  maxTransactions: fc.constantFrom(1, 2, 3),
  maxWaitMs: fc.constantFrom(0, 3, 20),
});

class Fenced extends Error {}

/** What a stream's commit has written, read back: only what is committed stands there. */
interface ProgressRow {
  readonly stream: number;
  readonly checkpoint: number;
  readonly transaction: string;
  readonly batch: CommittedBatch<number>;
}

async function* groupsOf(stream: Stream): AsyncGenerator<RowGroup<number>> {
  for (const [index, group] of stream.groups.entries()) {
    if (group.delayMs > 0) await sleep(group.delayMs);
    yield { rows: group.claims.map(rowOf), checkpoint: index + 1 };
  }
}

/** A stream and its place among those of the property. */
interface Owner {
  readonly stream: Stream;
  readonly number: number;
}

async function commit(tx: LoaderTransaction, batches: readonly StreamBatch<Owner, number>[]): Promise<void> {
  const shares = batches.map(({ owner, ...batch }) => ({ stream: owner.number, checkpoint: batch.checkpoint, batch }));
  // The row of `ticks` stays locked until the commit, so that its numbers are in the order of commits.
  await tx.query(
    `with tick as (update ticks set number = number + 1 returning number)
     insert into progress
     select share.stream, share.checkpoint, pg_current_xact_id()::text, tick.number, share.batch
     from tick, jsonb_to_recordset($1) as share (stream int, checkpoint int, batch jsonb)`,
    [JSON.stringify(shares)],
  );
  const isFenced = ({ owner, checkpoint }: StreamBatch<Owner, number>): boolean =>
    owner.stream.fencedAt !== null && checkpoint >= owner.stream.fencedAt;
  if (batches.some(isFenced)) throw new Fenced();
}

async function committed(pool: Pool): Promise<readonly (readonly ProgressRow[])[]> {
  const { rows } = await pool.query<ProgressRow>('select * from progress order by tick');
  const byTransaction = Map.groupBy(rows, ({ transaction }) => transaction);
  return [...byTransaction.values()].map((parts) => parts.toSorted((one, other) => one.stream - other.stream));
}

/** Replays what was committed in the model, transaction by transaction, and compares all that was told. */
function replay(model: Model, all: readonly Stream[], transactions: readonly (readonly ProgressRow[])[]): number[] {
  const stored = all.map(() => 0);
  for (const parts of transactions) {
    const claimsOf = ({ stream, checkpoint }: ProgressRow): readonly Claim[] =>
      all[stream]!.groups.slice(stored[stream], checkpoint).flatMap((group) => group.claims);
    const expected = model.load(...parts.map(claimsOf));
    for (const [index, part] of parts.entries()) {
      const { touched, ...counts } = expected[index]!;
      expect(part.checkpoint).toBeGreaterThan(stored[part.stream]!);
      expect(part.batch).toMatchObject({ ...counts, touchedDays: [...touched].toSorted() });
      stored[part.stream] = part.checkpoint;
    }
  }
  // What was loaded to its end is stored to its end.
  for (const [number, { groups, fencedAt }] of all.entries()) {
    const least = fencedAt === null ? groups.length : 0;
    expect(stored[number]).toBeGreaterThanOrEqual(least);
  }
  return stored;
}

/** The rows that a load accounts for, or that it was fenced off. */
function endOf(outcome: PromiseSettledResult<LoadResult>): unknown {
  if (outcome.status === 'rejected') return outcome.reason instanceof Fenced ? 'fenced' : outcome.reason;
  const { inserted, updated, unchanged, superseded, duplicates } = outcome.value;
  return inserted + updated + unchanged + superseded + duplicates;
}

function expectedEnd({ groups, fencedAt }: Stream): unknown {
  if (fencedAt !== null && fencedAt <= groups.length) return 'fenced';
  return groups.reduce((sum, group) => sum + group.claims.length, 0);
}

async function expectAgreement(table: RawTable, isRanked: boolean): Promise<void> {
  await using database = await readingsDatabase();
  const { pool } = database;
  await pool.query(
    `create table ticks (number int); insert into ticks values (0);
     create table progress (stream int, checkpoint int, transaction text, tick int, batch jsonb)`,
  );
  await fc.assert(
    fc.asyncProperty(streams, limits, async (all, options) => {
      await pool.query(`truncate ${READINGS}, progress`);
      const loader = createTableLoader({ pool, table, clock, commit, ...options });
      const outcomes = await Promise.allSettled(
        all.map((stream, number) => loader.load({ groups: groupsOf(stream), owner: { stream, number } })),
      );
      const model = new Model(isRanked);
      const stored = replay(model, all, await committed(pool));
      expect(outcomes.map(endOf)).toEqual(all.map(expectedEnd));
      for (const [number, { fencedAt }] of all.entries()) expect(stored[number]).toBeLessThan(fencedAt ?? Infinity);
      expect(await database.storedClaims()).toEqual(model.table);
    }),
    { numRuns: 60 },
  );
}

describe('any interleaving of streams', () => {
  test('gives the table and the counts of loading them one after the other, where claims are ranked', async () => {
    await expect(expectAgreement(rankedReadings, true)).resolves.toBeUndefined();
  });

  test('gives the table and the counts of loading them one after the other, where the later claim wins', async () => {
    await expect(expectAgreement(readings, false)).resolves.toBeUndefined();
  });
});
