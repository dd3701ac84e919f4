import { expect, test } from 'vitest';
import { planOutages } from './outages.ts';
import { expectedCoverage, expectedRuns } from './reference.ts';
import { simulate } from './simulate.ts';

test('simulated days leave in the run log what the reference says, each task once', async () => {
  const result = await simulate({ days: 6, customers: 5, replicas: 2, seed: 3 });
  expect(result.faults).toEqual([]);
  expect(result.runs).toEqual({ succeeded: 27 });
});

test('the reference makes good what may be made good after an outage, and nothing else', () => {
  const stretch = { from: new Date('2026-01-01T18:00:00Z'), to: new Date('2026-01-06T18:00:00Z') };
  const none = { shard: [], 'object-store': [], 'battery-database': [] };
  const down = { from: new Date('2026-01-03T01:00:00Z'), to: new Date('2026-01-05T13:00:00Z') };
  const late = expectedRuns(stretch, { ...none, platform: [down] }).filter(
    ({ tick, at }) => at > tick && tick > stretch.from,
  );
  expect(late.map(({ job, tick }) => `${job} ${tick.toISOString().slice(0, 16)}`)).toEqual([
    'battery_algorithm_eval_results_elt 2026-01-03T02:15',
    'battery_algorithm_eval_results_elt 2026-01-04T02:15',
    'battery_algorithm_eval_results_elt 2026-01-05T02:15',
    'daily_aggregates_elt 2026-01-03T03:00',
    'daily_aggregates_elt 2026-01-04T03:00',
    'daily_aggregates_elt 2026-01-05T03:00',
    'twelve_hourly_elt 2026-01-05T12:00',
  ]);
  const gaps = expectedCoverage(stretch, { ...none, platform: [], shard: [down] }).get('raw.daily_aggregates')?.gaps;
  expect(gaps).toHaveLength(3);
});

test('outages are the same for the same seed, and of each kind within a year', () => {
  const year = { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2027-01-01T00:00:00Z') };
  expect(planOutages(year, 7)).toEqual(planOutages(year, 7));
  for (const stretches of Object.values(planOutages(year, 7))) expect(stretches.length).toBeGreaterThan(3);
});
