import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@ovis/dev-stack';
import { migrateUp } from '@ovis/warehouse';
import { expect, test } from 'vitest';
import { startTestPlatform } from './testing/platform.ts';

const NOON = '2026-11-23T12:00:00Z';
const FLEET = { devices: 200, shards: 2, seed: 3, now: NOON };
const GOLD = 'select count(*)::int as rows from marts.last_updates_per_day';

test('gold that a crash of the server has emptied is built again by the same run, without a request', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ovis-crash-'));
  try {
    const before = await startPostgres({ folder });
    await migrateUp({ databaseUrl: before.url });
    const ports: number[] = [];
    {
      await using platform = await startTestPlatform(FLEET, { databaseUrl: before.url });
      expect(await platform.runAt(NOON)).toMatchObject({ outcome: 'succeeded' });
      expect(await platform.rows(GOLD)).toEqual([{ rows: 200 }]);
      ports.push(...platform.simulator.shards.map((shard) => Number(new URL(shard.baseUrl).port)));
    }
    await before.kill();
    await before.stop();

    await using after = await startPostgres({ folder });
    await using platform = await startTestPlatform({ ...FLEET, ports }, { databaseUrl: after.url });
    expect(await platform.rows(GOLD)).toEqual([{ rows: 0 }]);
    expect(await platform.runAt(NOON)).toMatchObject({ outcome: 'succeeded', wasDone: false });
    expect(await platform.rows(GOLD)).toEqual([{ rows: 200 }]);
    expect(platform.simulator.requests.map((shard) => shard.total)).toEqual([0, 0]);
    expect(await platform.runAt(NOON)).toMatchObject({ wasDone: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
