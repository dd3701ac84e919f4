import { compileAllowlist, createDropReport } from '@ovis/pii-allowlist';
import { describe, expect, test } from 'vitest';
import { dailyAggregateAllowlist } from './daily-aggregate.ts';
import { compareWithContract } from './testing/compare-with-contract.ts';

describe('the allowlist of daily aggregates', () => {
  test('decides on every field of the contract, and lets no personal one pass', () => {
    expect(compareWithContract(dailyAggregateAllowlist)).toEqual({
      undecided: [],
      personalButAllowed: [],
      unknownToContract: [],
    });
  });

  test('keeps the values, and drops what nobody has named', () => {
    const item = {
      deviceId: 'd-1',
      date: '2026-11-22',
      metric: 'humidity',
      unit: 'per cent',
      mean: '40.5',
      sampleCount: 96,
      sum: null,
      readBy: 'Ann',
    };
    const report = createDropReport();
    const result = compileAllowlist(dailyAggregateAllowlist).project(item, report);
    expect(result.ok && result.row.payload).toBe(
      '{"deviceId":"d-1","date":"2026-11-22","metric":"humidity","unit":"per cent","mean":40.5,"sampleCount":96}',
    );
    expect([...report.dropped]).toEqual([['*', 1]]);
  });

  test('quarantines an unknown metric, and what is no day', () => {
    const project = (fields: object) =>
      compileAllowlist(dailyAggregateAllowlist).project(
        { deviceId: 'd-1', date: '2026-11-22', metric: 'rssi', ...fields },
        createDropReport(),
      );
    expect(project({ metric: 'noise' })).toEqual({ ok: false, reason: 'key_invalid:metric' });
    expect(project({ date: '2026-02-30' })).toEqual({ ok: false, reason: 'key_invalid:date' });
  });
});
