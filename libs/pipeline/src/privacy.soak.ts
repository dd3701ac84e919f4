import { describe, expect, test } from 'vitest';
import { holdsCanary } from './testing/privacy/canaries.ts';
import { privacyRun } from './testing/privacy/privacy-run.ts';

const DOCUMENTS = 10_000;

/** Other documents every day, the same all day long: a failure can be repeated. */
const SEED = Math.floor(Date.now() / 86_400_000);

describe('the proof of privacy', () => {
  test(
    `${String(DOCUMENTS)} documents of seed ${String(SEED)} leave no canary anywhere`,
    { timeout: 1_800_000 },
    async () => {
      const { rows, tables, said, errors } = await privacyRun(DOCUMENTS, SEED);
      expect(Object.values(rows).every((count) => count > 10)).toBe(true);
      expect(tables).toEqual({});
      expect(holdsCanary(said)).toBe(false);
      expect(errors.filter(holdsCanary)).toEqual([]);
    },
  );
});
