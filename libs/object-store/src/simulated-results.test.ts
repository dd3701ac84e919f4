import { CANARY_MARKS, createEvaluationObjects, startSimulator } from '@ovis/fleet-simulator';
import { startObjectServer } from '@ovis/object-server';
import { describe, expect, test } from 'vitest';
import { allOf } from '../test/results.ts';
import { S3ObjectStore } from './index.ts';

describe('the results of a simulated fleet', () => {
  test('are read as they are true, from every folder, and nothing personal is in what is told of broken lines', async () => {
    await using simulator = await startSimulator({
      devices: 1500,
      shards: 2,
      profile: 'untidy',
      now: '2026-11-22T12:00:00Z',
    });
    const objects = createEvaluationObjects(simulator.fleet, { historyDays: 4, now: () => simulator.now() });
    await using server = await startObjectServer({ buckets: { 'battery-eval-results': objects } });
    const { endpoint, region, accessKey, secretKey } = server;
    const settings = { endpoint, region, accessKey, secretKey, bucket: 'battery-eval-results' };
    await using store = new S3ObjectStore({ settings, maxGroupLines: 400 });

    let malformed = 0;
    const folders = await allOf(store.listFolders());
    expect(folders.map(({ folderDate }) => folderDate).filter((date) => date === '2026-11-22')).toHaveLength(2);
    for (const { algorithm, folderDate, parts } of folders) {
      const seen: string[] = [];
      for (const part of parts) {
        for await (const group of store.readPart(part)) {
          seen.push(...group.lines.map(({ value }) => String((value as Record<string, unknown>)['deviceId'])));
          malformed += group.malformed.length;
          const told = JSON.stringify(group.malformed);
          expect(CANARY_MARKS.filter((mark) => told.includes(mark))).toEqual([]);
        }
      }
      const question = { algorithm: algorithm as 'voltage-knee', date: folderDate };
      const expected = [...simulator.truth.evaluations(question, simulator.now())];
      expect(seen).toEqual(expected.map(({ deviceId }) => deviceId));
    }
    expect(folders).toHaveLength(10);
    expect(malformed).toBeGreaterThan(0);

    simulator.setTime('2026-11-23T01:50:00Z');
    const listing = store.listFolders();
    expect(await allOf(listing)).toHaveLength(10);
    expect(listing.counts.incompleteFolders).toBe(2);
    expect(await store.findFolder('voltage-knee', '2026-11-23')).toBeNull();
  });
});
