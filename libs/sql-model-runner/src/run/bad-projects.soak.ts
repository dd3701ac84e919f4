import fc from 'fast-check';
import { expect, test } from 'vitest';
import { badProject, BadProjectJudge } from '../testing/bad-projects.ts';

const PROJECTS = 10_000;

/** Others every day, the same all day long: a failure can be repeated. */
const SEED = Math.floor(Date.now() / 86_400_000);

test(
  `${String(PROJECTS)} real projects with mistakes of seed ${String(SEED)} are refused with a place, or accepted; none crashes or hangs`,
  { timeout: 3_600_000 },
  async () => {
    await using judge = new BadProjectJudge();
    await fc.assert(
      fc.asyncProperty(badProject, async (bad) => {
        const { kind, message } = await judge.judge(bad);
        expect(['accepted', 'refused'], `${kind}: ${message ?? ''}`).toContain(kind);
      }),
      { seed: SEED, numRuns: PROJECTS },
    );
  },
);
