import { beforeAll, describe, expect, test } from 'vitest';
import { holdsCanary } from './testing/privacy/canaries.ts';
import { privacyRun, type PrivacyFindings } from './testing/privacy/privacy-run.ts';

const DOCUMENTS = 1_000;
const SEED = 20_261_123;

let findings: PrivacyFindings;

beforeAll(async () => {
  findings = await privacyRun(DOCUMENTS, SEED);
});

describe(`all jobs against sources that serve ${String(DOCUMENTS)} documents full of canaries`, () => {
  test('store what is allowed of them, and refuse and drop the rest', () => {
    expect(Object.values(findings.rows).every((count) => count > 10)).toBe(true);
    expect(findings.reports).toHaveLength(4);
    for (const step of findings.reports.flatMap(({ steps }) => steps)) expect(step.outcome).not.toBe('skipped');
  });

  test('leave no canary in any table of any schema', () => {
    expect(findings.tables).toEqual({});
    // The search itself finds what is there.
    expect(Object.keys(findings.control)).toContain('raw.device_last_updates_2026_11');
  });

  test('say nothing of them while they run or at their end', () => {
    expect(holdsCanary(findings.said)).toBe(false);
    expect(findings.said).toContain('"dropped":{');
  });

  test('have no canary in any error of any source, its fields and causes included', () => {
    expect(findings.errors.length).toBeGreaterThan(30);
    expect(findings.errors.filter(holdsCanary)).toEqual([]);
  });
});
