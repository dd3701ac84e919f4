import { isDeepStrictEqual } from 'node:util';
import { CANARY_MARKS } from '@ovis/fleet-simulator';
import type { RunReport } from '@ovis/orchestrator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestPlatform, type TestPlatform } from './testing/platform.ts';

const NOON = '2026-11-23T12:00:00Z';

let platform: TestPlatform;
let report: RunReport;
const events: unknown[] = [];

beforeAll(async () => {
  platform = await startTestPlatform({ devices: 2000, shards: 5, seed: 11, now: NOON, profile: 'untidy' });
  report = await platform.runAt(NOON, { onEvent: (event) => events.push(event) });
});

afterAll(async () => {
  await platform[Symbol.asyncDispose]();
});

describe('against shards that do everything the contract warns of', () => {
  test('the devices of customers that are not broken are all there, as a careful reader would have them', async () => {
    const expected = [...platform.simulator.truth.devices(new Date(NOON))]
      .filter((device) => !device.broken)
      .map(({ deviceId, customerId, shard, expected: state }) => ({
        deviceId,
        customerId,
        shard,
        state: asStored(state),
      }));
    const rows = await platform.rows<{ deviceId: string; customerId: string; shard: string; state: unknown }>(
      `select device_id as "deviceId", customer_id as "customerId", shard, payload as state from raw.device_last_updates`,
    );
    const broken = new Set(
      platform.simulator.truth.brokenCustomers(new Date(NOON)).map((customer) => customer.customerId),
    );
    const loaded = rows.filter((row) => !broken.has(row.customerId));
    const [found, wanted] = [byId(loaded), byId(expected)];
    const different = Object.keys({ ...found, ...wanted }).filter((id) => !isDeepStrictEqual(found[id], wanted[id]));
    expect(different.slice(0, 3).map((id) => [found[id], wanted[id]])).toEqual([]);
    expect(loaded.length).toBe(expected.length);
  });

  test('a broken customer is in ops with a reason, and nothing else failed', async () => {
    const broken = platform.simulator.truth
      .brokenCustomers(new Date(NOON))
      .map((customer) => customer.customerId)
      .toSorted();
    expect(broken.length).toBeGreaterThan(0);
    const failed = await platform.rows<{ customer_id: string; error_class: string; error_message: string }>(
      `select distinct on (customer_id) customer_id, error_class, error_message from ops.tasks where state = 'failed' order by customer_id`,
    );
    expect(failed.map((task) => task.customer_id)).toEqual(broken);
    for (const task of failed) expect(task.error_message.length).toBeGreaterThan(10);
    expect(report.models.filter((model) => model.status === 'failed')).toEqual([]);
  });

  test('gold has a row for each device that was loaded', async () => {
    const [counts] = await platform.rows<{ raw: number; gold: number }>(
      `select (select count(*)::int from raw.device_last_updates) as raw, (select count(*)::int from marts.last_updates_per_day) as gold`,
    );
    expect(counts?.gold).toBe(counts?.raw);
    expect(counts?.raw).toBeGreaterThan(1500);
  });

  test('no personal value is in any row of any schema, nor in what the run said', async () => {
    const tables = await platform.rows<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')
       union all select format('%I.%I', schemaname, matviewname) from pg_matviews order by 1`,
    );
    expect(tables.map((table) => table.name)).toContain('marts.last_updates_per_day');
    const marks = CANARY_MARKS.map((mark) => `%${mark.toLowerCase()}%`);
    const findings: string[] = [];
    for (const { name } of tables) {
      const [found] = await platform.rows<{ hits: number }>(
        `select count(*)::int as hits from ${name} as t where lower(t::text) like any ($1)`,
        [marks],
      );
      if (found && found.hits > 0) findings.push(`${name}: ${String(found.hits)}`);
    }
    expect(findings).toEqual([]);
    const said = JSON.stringify([events, report]).toLowerCase();
    expect(CANARY_MARKS.filter((mark) => said.includes(mark.toLowerCase()))).toEqual([]);
  });
});

/** A payload leaves absent, null and mismatched fields out, and has times in UTC with milliseconds. */
function asStored(state: { readonly lastSeenAt: string | null }): unknown {
  const { lastSeenAt } = state;
  return withoutNulls({ ...state, lastSeenAt: lastSeenAt === null ? null : new Date(lastSeenAt).toISOString() });
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([, field]) => field !== null)
    .map(([name, field]): [string, unknown] => [name, withoutNulls(field)])
    .filter(([, field]) => !(typeof field === 'object' && field !== null && Object.keys(field).length === 0));
  return Object.fromEntries(entries);
}

function byId<Row extends { readonly deviceId: string }>(rows: readonly Row[]): Record<string, Row> {
  return Object.fromEntries(rows.map((row) => [row.deviceId, row]));
}
