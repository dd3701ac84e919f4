import fc from 'fast-check';
import { expect, test } from 'vitest';
import { badProject, BadProjectJudge } from '../testing/bad-projects.ts';

// Always the same; thousands of others are in the soak.
const SAMPLE = { seed: 20_240_229, numRuns: 150, endOnFailure: true };

test('real projects with mistakes in them are refused with a place, or accepted; none crashes or hangs', async () => {
  await using judge = new BadProjectJudge();
  await fc.assert(
    fc.asyncProperty(badProject, async (bad) => {
      const { kind, message } = await judge.judge(bad);
      expect(['accepted', 'refused'], `${kind}: ${message ?? ''}`).toContain(kind);
    }),
    SAMPLE,
  );
});
