import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { startSimulator, type Simulator } from '@ovis/fleet-simulator';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runScheduler, settingsFor } from './testing/run-scheduler.ts';

const NOON = '2026-11-23T12:00:00Z';

let simulator: Simulator;
let database: TestDatabase;
let client: Client;
let warehouse: Readonly<Record<string, string>>;

beforeAll(async () => {
  simulator = await startSimulator({ devices: 60, customers: 10, shards: 2, now: NOON });
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  warehouse = { DATABASE_URL: database.url };
  const ended = await runScheduler(['run', 'twelve_hourly_elt', '--now', NOON], settingsFor(database.url, simulator));
  if (ended.exitCode !== 0) throw new Error(ended.stderr);
});

afterAll(async () => {
  await client.end();
  await database.drop();
  await simulator.close();
});

async function countOf(sql: string, values: readonly unknown[] = []): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`select count(*) as count from ${sql}`, [...values]);
  return Number(rows[0]?.count);
}

describe('ovis-scheduler allowlist', () => {
  test('says without a database what passes, what does not, and what the counts need', async () => {
    const { exitCode, stdout, stderr } = await runScheduler(['allowlist'], {});
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^DeviceState \(Ovis API; kept in raw\.device_last_updates\)$/m);
    expect(stdout).toMatch(
      /^configuration\.userSetTemp +number +-50 to 100, also as a numeric string +degC +the temperature/m,
    );
    expect(stdout).toMatch(/^configuration\.ownerName +personal data: the name of a person$/m);
    expect(stdout).toMatch(/^Customer \(Ovis API; not stored\)$/m);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('what was dropped lately: set DATABASE_URL to see the counts');
  });

  test('says with one what was dropped lately, with counts', async () => {
    const { exitCode, stdout } = await runScheduler(['allowlist'], warehouse);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^raw\.device_last_updates +2026-11-23T12:00:00\.000Z +configuration\.\* +not named +\d+$/m);
  });

  test('says the same to programs', async () => {
    const { stdout } = await runScheduler(['allowlist', '--json'], warehouse);
    const { entities, drops } = JSON.parse(stdout);
    expect(entities.map(({ entity }: { entity: string }) => entity)).toEqual([
      'Customer',
      'DeviceState',
      'HierarchyNode',
      'DailyAggregate',
      'battery_measurement',
      'battery_replacement',
      'battery_eval_result',
    ]);
    expect(drops.map(({ asset }: { asset: string }) => asset)).toEqual([
      'raw.device_last_updates',
      'raw.thermostat_hierarchy',
    ]);
    expect(JSON.parse((await runScheduler(['allowlist', '--json'], {})).stdout).drops).toBe(null);
  });

  test('still says it when the database cannot be reached', async () => {
    const { exitCode, stdout } = await runScheduler(['allowlist'], {
      DATABASE_URL: 'postgres://u:hidden@localhost:1/d',
    });
    expect(exitCode).toBe(0);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/the counts need the database of DATABASE_URL \(no connection/);
    expect(stdout).not.toContain('hidden');
  });
});

describe('ovis-scheduler allowlist purge', () => {
  test.each([
    ['a field that is still allowed', ['DeviceState.uptime', '--yes'], 'still lets uptime pass'],
    ['an unknown entity', ['Device.uptime', '--yes'], '"Device.uptime" names no stored entity'],
    ['no consent', ['DeviceState.macAddress'], 'add --yes'],
  ])('refuses %s with code 2', async (_, arguments_, message) => {
    const { exitCode, stderr } = await runScheduler(['allowlist', 'purge', ...arguments_], warehouse);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  test('removes the field, says how often, and builds the models anew', async () => {
    await client.query(`update raw.device_last_updates set payload = payload || '{"macAddress": "pii-canary"}'`);
    const purge = ['allowlist', 'purge', 'DeviceState.macAddress', '--yes'];
    const { exitCode, stdout } = await runScheduler(purge, warehouse);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^raw\.device_last_updates +60 +1$/m);
    expect(stdout).toContain('built anew: ');
    expect(stdout).toContain('marts.last_updates_per_day');
    expect(await countOf(`raw.device_last_updates where payload ? 'macAddress'`)).toBe(0);
    expect((await runScheduler(purge, warehouse)).stdout).toMatch(/^raw\.device_last_updates +0 +0$/m);
  });
});

describe('ovis-scheduler forget', () => {
  test.each([
    ['no customer', ['--yes'], "required option '--customer <id>' not specified"],
    ['what is no identifier', ['--customer', 'a b', '--yes'], 'no identifier of a customer'],
    ['no consent', ['--customer', 'c-1'], 'add --yes'],
  ])('refuses %s with code 2', async (_, arguments_, message) => {
    const { exitCode, stderr } = await runScheduler(['forget', ...arguments_], warehouse);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  test('removes the customer from raw, ops and the models', async () => {
    const { rows } = await client.query<{ id: string }>(
      'select customer_id as id from raw.device_last_updates group by 1 order by count(*) desc limit 1',
    );
    const id = rows[0]?.id ?? '';
    const before = await countOf('marts.last_updates_per_day where customer_id <> $1', [id]);
    const { exitCode, stdout, stderr } = await runScheduler(['forget', '--customer', id, '--yes'], warehouse);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('the customer is forgotten');
    expect(stdout + stderr).not.toContain(id);
    for (const table of [
      'raw.device_last_updates',
      'raw.thermostat_hierarchy',
      'ops.tasks',
      'marts.last_updates_per_day',
    ]) {
      expect([table, await countOf(`${table} where customer_id = $1`, [id])]).toEqual([table, 0]);
    }
    expect(await countOf('marts.last_updates_per_day')).toBe(before);
  });
});

describe('ovis-scheduler retention', () => {
  const later = ['retention', '--now', '2027-03-01T00:00:00Z'];

  test('keeps everything when nothing is set, and tells what would go', async () => {
    const kept = await runScheduler(later, warehouse);
    expect(kept.exitCode).toBe(0);
    expect(kept.stdout).toMatch(/^raw\.device_last_updates +all$/m);
    const settings = {
      ...warehouse,
      OVIS_RAW_RETENTION_MONTHS: '3',
      OVIS_RAW_RETENTION_MONTHS_THERMOSTAT_HIERARCHY: '0',
    };
    const dry = await runScheduler([...later, '--dry-run'], settings);
    expect(dry.stdout).toMatch(/^raw\.device_last_updates +3 +device_last_updates_2026_11$/m);
    expect(await countOf('raw.device_last_updates')).toBeGreaterThan(0);
    const dropped = await runScheduler(later, settings);
    expect(dropped.stdout).toMatch(/^raw\.thermostat_hierarchy +all$/m);
    expect(await countOf('raw.device_last_updates')).toBe(0);
    expect(await countOf('raw.thermostat_hierarchy')).toBeGreaterThan(0);
  });

  test.each([
    [
      'OVIS_RAW_RETENTION_MONTHS',
      'two',
      'OVIS_RAW_RETENTION_MONTHS is "two"; it must be a whole number from 0 to 1200',
    ],
    [
      'OVIS_RAW_RETENTION_MONTHS_HIERARCHY',
      '3',
      'OVIS_RAW_RETENTION_MONTHS_HIERARCHY names no raw table; the names are',
    ],
  ])('refuses a wrong %s with code 2', async (name, value, message) => {
    const { exitCode, stderr } = await runScheduler(later, { ...warehouse, [name]: value });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
