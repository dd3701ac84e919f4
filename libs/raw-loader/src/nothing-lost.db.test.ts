import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readingsDatabase } from '../test/database.ts';
import { clock, groupsOf, rankedReadings, readings, READINGS, row, RUN_1, RUN_2 } from '../test/readings.ts';
import { loadRows } from './load-rows.ts';
import type { LoadResult } from './load-stream.ts';
import type { RawTable } from './raw-table.ts';

/** A claim as the model knows it. */
interface Claim {
  readonly device: string;
  readonly queriedAt: string;
  readonly customer: string;
  readonly shard: string;
  readonly own: boolean;
  readonly seen: string | null;
  readonly value: number;
  readonly run: string;
}

const claims: fc.Arbitrary<Claim> = fc.record({
  device: fc.constantFrom('d-1', 'd-2', 'd-3', 'd-4'),
  queriedAt: fc.constantFrom(
    '2026-11-20T00:00:00.000Z',
    '2026-11-20T12:00:00.000Z',
    '2026-11-21T00:00:00.000Z',
    '2026-10-31T00:00:00.000Z',
  ),
  customer: fc.constantFrom('c-1', 'c-2'),
  shard: fc.constantFrom('shard:1', 'shard:2'),
  own: fc.boolean(),
  seen: fc.constantFrom(null, '2026-11-19T01:00:00.000Z', '2026-11-19T02:00:00.000Z'),
  value: fc.integer({ min: 0, max: 2 }),
  run: fc.constantFrom(RUN_1, RUN_2),
});
/** Loads of groups of claims, one load after the other. */
const loads = fc.array(fc.array(fc.array(claims, { maxLength: 6 }), { maxLength: 4 }), { maxLength: 5 });

function rowOf(claim: Claim) {
  const document = {
    deviceId: claim.device,
    value: claim.value,
    ...(claim.own ? { customerId: claim.customer } : {}),
    ...(claim.seen === null ? {} : { lastSeenAt: claim.seen }),
  };
  return row(document, {
    queried_at: claim.queriedAt,
    customer_id: claim.customer,
    shard: claim.shard,
    run_id: claim.run,
  });
}

/** The whole table in memory: what is stored, and the counts that a load must report. */
class Model {
  readonly stored = new Map<string, Claim>();
  readonly isRanked: boolean;
  counts = { inserted: 0, updated: 0, unchanged: 0, superseded: 0, duplicates: 0 };
  touched = new Set<string>();

  constructor(isRanked: boolean) {
    this.isRanked = isRanked;
  }

  /** Stores one batch. */
  load(batch: readonly Claim[]): void {
    const winners = new Map<string, Claim>();
    for (const claim of batch) {
      const key = `${claim.device} ${claim.queriedAt}`;
      const other = winners.get(key);
      if (other !== undefined) this.counts.duplicates += 1;
      if (other === undefined || this.#wins(claim, other)) winners.set(key, claim);
    }
    for (const [key, claim] of winners) this.#store(key, claim);
  }

  #store(key: string, claim: Claim): void {
    const stored = this.stored.get(key);
    if (stored !== undefined && says(stored) === says(claim)) this.counts.unchanged += 1;
    else if (stored !== undefined && !this.#wins(claim, stored)) this.counts.superseded += 1;
    else {
      this.counts[stored === undefined ? 'inserted' : 'updated'] += 1;
      this.stored.set(key, claim);
      this.touched.add(claim.queriedAt.slice(0, 10));
    }
  }

  #wins(claim: Claim, other: Claim): boolean {
    if (!this.isRanked) return true;
    const ranks = (of: Claim): string => [of.own ? 1 : 0, of.seen ?? '', of.customer, of.shard].join(' ');
    return ranks(claim) >= ranks(other);
  }
}

/** What a claim says, its run left out: that is provenance. */
function says(claim: Claim): string {
  return JSON.stringify({ ...claim, run: null });
}

async function expectAgreement(table: RawTable, isRanked: boolean): Promise<void> {
  await using database = await readingsDatabase();
  const { pool } = database;
  await fc.assert(
    fc.asyncProperty(loads, fc.constantFrom(1, 600, 1e6), async (sequence, maxBatchBytes) => {
      await pool.query(`truncate ${READINGS}`);
      const model = new Model(isRanked);
      const totals = { inserted: 0, updated: 0, unchanged: 0, superseded: 0, duplicates: 0 };
      const touched = new Set<string>();
      for (const groups of sequence) {
        let committed = 0;
        const result = await loadRows({
          pool,
          table,
          clock,
          maxBatchBytes,
          groups: groupsOf(...groups.map((group) => group.map(rowOf))),
          commit: async (_, batch) => {
            // The model cuts batches where the loader did.
            model.load(groups.slice(committed, batch.checkpoint).flat());
            committed = batch.checkpoint;
            for (const day of batch.touchedDays) touched.add(day);
          },
        });
        expect(committed).toBe(groups.length);
        for (const name of Object.keys(totals) as (keyof typeof totals & keyof LoadResult)[])
          totals[name] += result[name];
      }
      expect(totals).toEqual(model.counts);
      expect([...touched].toSorted()).toEqual([...model.touched].toSorted());
      const { rows } = await pool.query<{
        key: string;
        says: unknown;
        run_id: string;
      }>(`select device_id || ' ' || to_char(queried_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as key,
        jsonb_build_object('customer', customer_id, 'shard', shard, 'payload', payload) as says, run_id from ${READINGS}`);
      const actual = new Map(rows.map((one) => [one.key, [one.says, one.run_id]]));
      const expected = new Map(
        [...model.stored].map(([key, claim]) => [
          key,
          [
            {
              customer: claim.customer,
              shard: claim.shard,
              payload: JSON.parse(rowOf(claim).allowed.payload) as unknown,
            },
            claim.run,
          ],
        ]),
      );
      expect(actual).toEqual(expected);
    }),
    { numRuns: 40 },
  );
}

describe('any sequence of loads', () => {
  test('gives the table that a plain model gives, where claims are ranked', async () => {
    await expect(expectAgreement(rankedReadings, true)).resolves.toBeUndefined();
  });

  test('gives the table that a plain model gives, where the later claim wins', async () => {
    await expect(expectAgreement(readings, false)).resolves.toBeUndefined();
  });
});
