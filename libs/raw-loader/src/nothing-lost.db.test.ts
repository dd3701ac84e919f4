import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { claims, Model, rowOf, type ModelCounts } from '../test/claim-model.ts';
import { readingsDatabase } from '../test/database.ts';
import { clock, groupsOf, rankedReadings, readings, READINGS } from '../test/readings.ts';
import { loadRows } from './load-rows.ts';
import type { RawTable } from './raw-table.ts';

/** Loads of groups of claims, one load after the other. */
const loads = fc.array(fc.array(fc.array(claims, { maxLength: 6 }), { maxLength: 4 }), { maxLength: 5 });

async function expectAgreement(table: RawTable, isRanked: boolean): Promise<void> {
  await using database = await readingsDatabase();
  const { pool } = database;
  await fc.assert(
    fc.asyncProperty(loads, fc.constantFrom(1, 600, 1e6), async (sequence, maxBatchBytes) => {
      await pool.query(`truncate ${READINGS}`);
      const model = new Model(isRanked);
      for (const groups of sequence) {
        let committed = 0;
        const expected: ModelCounts[] = [];
        const result = await loadRows({
          pool,
          table,
          clock,
          maxBatchBytes,
          groups: groupsOf(...groups.map((group) => group.map(rowOf))),
          commit: async (_, batch) => {
            // The model cuts batches where the loader did.
            const [counts] = model.load(groups.slice(committed, batch.checkpoint).flat());
            committed = batch.checkpoint;
            const { touched, ...numbers } = counts!;
            expected.push(counts!);
            expect(batch).toMatchObject({ ...numbers, touchedDays: [...touched].toSorted() });
          },
        });
        expect(committed).toBe(groups.length);
        for (const name of ['inserted', 'updated', 'unchanged', 'superseded', 'duplicates'] as const) {
          expect(result[name]).toBe(expected.reduce((sum, counts) => sum + counts[name], 0));
        }
      }
      expect(await database.storedClaims()).toEqual(model.table);
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
