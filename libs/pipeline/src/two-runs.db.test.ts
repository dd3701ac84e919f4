import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunReport } from '@ovis/orchestrator';
import { startTestPlatform, type TestPlatform } from './testing/platform.ts';

const MIDNIGHT = '2026-11-23T00:00:00Z';
const NOON = '2026-11-23T12:00:00Z';

/** What the simulator knows of a device's day, worked out from its event times, not from snapshots. */
interface Signals {
  readonly device_id: string;
  readonly embedded_version: string;
  readonly had_reset_since_previous_query: boolean;
  readonly calibrations_since_previous_query: string | null;
}

let platform: TestPlatform;
let first: RunReport;
let second: RunReport;

beforeAll(async () => {
  platform = await startTestPlatform({ devices: 600, shards: 5, seed: 7, now: MIDNIGHT });
  first = await platform.runAt(MIDNIGHT);
  second = await platform.runAt(NOON);
});

afterAll(async () => {
  await platform[Symbol.asyncDispose]();
});

describe('two runs of a simulated day', () => {
  test('both succeed', () => {
    expect(first.outcome).toBe('succeeded');
    expect(second.outcome).toBe('succeeded');
    expect(first.models.filter((model) => model.status !== 'succeeded')).toEqual([]);
  });

  test('gold has one row for each active device', async () => {
    const expected = [...platform.simulator.truth.devices(new Date(NOON))].map((device) => device.deviceId).toSorted();
    const rows = await platform.rows<{ device_id: string }>(
      `select device_id from marts.last_updates_per_day where queried_date = '2026-11-23' and queried_at = $1 order by 1`,
      [NOON],
    );
    expect(rows.map((row) => row.device_id)).toEqual(expected);
  });

  test('the window signals equal what the simulator knows', async () => {
    const changes = [...platform.simulator.truth.changes(new Date(MIDNIGHT), new Date(NOON))];
    const expected = changes
      .filter((change) => change.previous !== null)
      .map((change) => ({
        device_id: change.deviceId,
        embedded_version: change.current.embeddedVersion,
        had_reset_since_previous_query: change.resets.length > 0,
        calibrations_since_previous_query: String(change.calibrations.length),
      }));
    const known = new Set(expected.map((signals) => signals.device_id));
    const rows = await platform.rows<Signals>(
      `select device_id, embedded_version, had_reset_since_previous_query, calibrations_since_previous_query
       from marts.last_updates_per_day where queried_at = $1 order by 1`,
      [NOON],
    );
    expect(rows.filter((row) => known.has(row.device_id))).toEqual(
      expected.toSorted((a, b) => (a.device_id < b.device_id ? -1 : 1)),
    );
    expect(expected.some((signals) => signals.had_reset_since_previous_query)).toBe(true);
    expect(expected.some((signals) => signals.calibrations_since_previous_query !== '0')).toBe(true);
  });

  test('running again sends no request; with force it adds and changes no row', async () => {
    // The system column xmin names the transaction that wrote a row: an update, even to the same values, changes it.
    const snapshot = `select tableoid::regclass::text as name, count(*)::int as rows, max(xmin::text::bigint)::text as newest
                      from raw.device_last_updates group by 1
                      union all select tableoid::regclass::text, count(*)::int, max(xmin::text::bigint)::text
                      from raw.thermostat_hierarchy group by 1 order by 1`;
    const before = await platform.rows(snapshot);
    const gold = `select md5(string_agg(last_updates_per_day::text, '|' order by device_id, queried_date)) as digest from marts.last_updates_per_day`;
    const goldBefore = await platform.rows(gold);

    platform.simulator.resetRequests();
    expect(await platform.runAt(NOON)).toMatchObject({ outcome: 'succeeded', wasDone: true });
    expect(platform.simulator.requests.map((shard) => shard.total)).toEqual([0, 0, 0, 0, 0]);

    const forced = await platform.runAt(NOON, { force: true });
    expect(forced.outcome).toBe('succeeded');
    expect(platform.simulator.requests.every((shard) => shard.total > 0)).toBe(true);
    for (const step of forced.steps) expect(step.totals?.counters).toMatchObject({ rowsInserted: 0, rowsUpdated: 0 });
    expect(await platform.rows(snapshot)).toEqual(before);
    expect(await platform.rows(gold)).toEqual(goldBefore);
  });

  test('materializations say what was done', async () => {
    const [row] = await platform.rows<{
      customers: number;
      thermostats: number;
      rows_inserted: string;
      requests: string;
      dropped_fields: string;
    }>(
      `select customers, thermostats, rows_inserted, requests, dropped_fields from ops.materializations
       where asset = 'raw.device_last_updates' order by materialization_id limit 1`,
    );
    const truth = platform.simulator.truth.counts(new Date(MIDNIGHT));
    expect(row).toMatchObject({
      customers: truth.customers,
      thermostats: truth.devices,
      rows_inserted: String(truth.devices),
    });
    expect(Number(row?.requests)).toBeGreaterThanOrEqual(truth.customers);
    expect(Number(row?.dropped_fields)).toBeGreaterThan(0);
  });
});
