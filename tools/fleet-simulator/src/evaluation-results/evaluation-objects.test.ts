import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CANARY_PREFIX } from '../documents/canary.ts';
import { createFleet } from '../fleet/fleet.ts';
import { ratesOf, type Profile, type Rates } from '../fleet/profile.ts';
import { createTruth } from '../truth/truth.ts';
import { batteryAt, replacementsBetween } from '../world/battery.ts';
import { ALGORITHMS, evaluationOf } from '../world/evaluation.ts';
import { DAY, parseDay } from '../world/time.ts';
import { createEvaluationObjects, type EvaluationObjects } from './evaluation-objects.ts';

const NOW = '2026-11-22T12:00:00Z';

function bucketOf(
  at: string,
  {
    devices = 300,
    profile = 'tidy',
    historyDays = 3,
    rates = {},
  }: {
    devices?: number;
    profile?: Profile;
    historyDays?: number;
    rates?: Partial<Rates>;
  } = {},
) {
  const world = { devices, customers: Math.ceil(devices / 20), shards: 3, seed: 'results' };
  const fleet = createFleet({ world, profile, rates: ratesOf(profile, rates) });
  const clock = { now: new Date(at) };
  const objects = createEvaluationObjects(fleet, { historyDays, now: () => clock.now });
  return { fleet, clock, objects, truth: createTruth(fleet, ['a', 'b', 'c']) };
}

function contentOf(objects: EvaluationObjects, key: string, range?: readonly [number, number]): Buffer {
  const object = objects.open(key);
  if (object === null) throw new TypeError(`there is no ${key}`);
  return Buffer.concat([...object.read(...(range ?? ([0, object.size] as const)))]);
}

function linesOf(objects: EvaluationObjects, key: string): string[] {
  const content = contentOf(objects, key);
  return (key.endsWith('.gz') ? gunzipSync(content) : content).toString().split('\n');
}

function keysOf(objects: EvaluationObjects, prefix = '', startAfter = ''): string[] {
  return [...objects.list(prefix, startAfter)].map(({ key }) => key);
}

describe('the bucket of evaluation results', () => {
  test('has a folder an algorithm and day, each with its parts', () => {
    const { objects } = bucketOf(NOW, { devices: 60_000, historyDays: 1 });
    const parts = (folder: string, ending: string): string[] =>
      ['_SUCCESS', ...[0, 1, 2].map((n) => `part-0000${n}${ending}`)].map((name) => `${folder}/${name}`);
    expect(keysOf(objects)).toEqual([
      ...parts('coulomb-count/2026-11-21', '.jsonl'),
      ...parts('coulomb-count/2026-11-22', '.jsonl'),
      ...parts('voltage-knee/2026-11-21', '.jsonl.gz'),
      ...parts('voltage-knee/2026-11-22', '.jsonl.gz'),
    ]);
    for (const { size } of objects.list('', '')) expect(size).toBeLessThan(10 * 1024 * 1024);
  });

  test("shows today's folder when it is written, and its _SUCCESS when it is complete", () => {
    const { objects, clock } = bucketOf('2026-11-22T01:44:59Z', { historyDays: 0 });
    expect(keysOf(objects)).toEqual([]);
    clock.now = new Date('2026-11-22T01:45:00Z');
    expect(keysOf(objects, 'voltage')).toEqual(['voltage-knee/2026-11-22/part-00000.jsonl.gz']);
    expect(objects.open('voltage-knee/2026-11-22/_SUCCESS')).toBeNull();
    clock.now = new Date('2026-11-22T02:00:00Z');
    expect(keysOf(objects, 'voltage')).toHaveLength(2);
    expect(contentOf(objects, 'voltage-knee/2026-11-22/_SUCCESS')).toHaveLength(0);
    clock.now = new Date('2026-11-24T02:00:00Z');
    expect(keysOf(objects, 'voltage')).toHaveLength(6);
  });

  test.each(['tidy', 'untidy'] as const)(
    'holds what the %s truth says, line by line, however it is read',
    (profile) => {
      const { objects, truth, fleet } = bucketOf(NOW, {
        profile,
        rates: { ...(profile === 'untidy' && { malformedLines: 0.02 }) },
      });
      for (const algorithm of ALGORITHMS) {
        const key = keysOf(objects, `${algorithm}/2026-11-21/part`)[0] ?? '';
        const lines = linesOf(objects, key);
        expect(lines.at(-1)).toBe('');
        expect(new Set(lines.slice(0, -1).map((line) => line.length)).size).toBe(1);
        const documents = lines.filter((line) => line.trim() !== '').flatMap(parsed);
        const expected = [...truth.evaluations({ algorithm, date: '2026-11-21' }, new Date(NOW))];
        expect(documents.map(({ deviceId }) => deviceId)).toEqual(expected.map(({ deviceId }) => deviceId));
        const malformed = lines.length - 1 - documents.length;
        expect(malformed > 0).toBe(profile === 'untidy');
        expect(documents.length + malformed).toBe(fleet.world.field(parseDay('2026-11-21') ?? 0).size);
        for (const document of documents) expect(document['reviewedBy']).toContain(CANARY_PREFIX);
        const strange = documents.filter((document) =>
          Object.keys(document).some((name) => name.startsWith(CANARY_PREFIX)),
        );
        expect(strange.length > 0).toBe(profile === 'untidy');

        const whole = contentOf(objects, key);
        expect(whole).toHaveLength(objects.open(key)?.size ?? -1);
        fc.assert(
          fc.property(fc.nat(whole.length), fc.nat(whole.length), (a, b) => {
            const [start, end] = [Math.min(a, b), Math.max(a, b)];
            expect(contentOf(objects, key, [start, end]).equals(whole.subarray(start, end))).toBe(true);
          }),
          { numRuns: 20 },
        );
      }
    },
  );

  test('matches the contract in the tidy profile', () => {
    const { objects } = bucketOf(NOW);
    const [line = ''] = linesOf(objects, 'voltage-knee/2026-11-22/part-00000.jsonl.gz');
    expect(JSON.parse(line)).toEqual({
      deviceId: expect.stringMatching(/^d-\d{8}$/) as string,
      algorithm: 'voltage-knee',
      algorithmVersion: '2.31.0',
      evaluatedAt: expect.stringMatching(/^2026-11-22T01:[0-3]\d:\d\dZ$/) as string,
      predictedRemainingDays: expect.any(Number) as number,
      confidence: expect.any(Number) as number,
      features: { voltageSlope: expect.any(Number) as number, coldStarts: expect.any(Number) as number },
      reviewedBy: expect.stringMatching(/@example\.com$/) as string,
    });
  });

  test('is the same for equal seeds, and another one for another seed or time', () => {
    const facts = (objects: EvaluationObjects): unknown => [...objects.list('', '')];
    const [one, two] = [bucketOf(NOW), bucketOf(NOW)];
    expect(facts(one.objects)).toEqual(facts(two.objects));
    const key = 'voltage-knee/2026-11-20/part-00000.jsonl.gz';
    expect(contentOf(one.objects, key).equals(contentOf(two.objects, key))).toBe(true);
    const other = bucketOf(NOW, { profile: 'untidy' });
    expect(other.objects.open(key)?.etag).not.toBe(one.objects.open(key)?.etag);
  });

  test('lists from anywhere, and opens nothing that it does not list', () => {
    const { objects } = bucketOf(NOW);
    const keys = keysOf(objects);
    expect(keys).toEqual(keys.toSorted());
    for (const key of keys) expect(keysOf(objects, '', key)).toEqual(keys.slice(keys.indexOf(key) + 1));
    for (const prefix of ['v', 'voltage-knee/', 'voltage-knee/2026-11-2', 'voltage-knee/2026-11-21/_', 'x']) {
      expect(keysOf(objects, prefix)).toEqual(keys.filter((key) => key.startsWith(prefix)));
    }
    for (const key of [
      'voltage-knee/2026-11-18/_SUCCESS',
      'voltage-knee/2026-11-23/_SUCCESS',
      'voltage-knee/2026-11-21/part-00001.jsonl.gz',
      'voltage-knee/2026-11-21/part-00000.jsonl',
      'voltage-knee/2026-11-21/x/_SUCCESS',
      'constructor/2026-11-21/_SUCCESS',
    ]) {
      expect(objects.open(key)).toBeNull();
    }
  });

  test('replaces days that are evaluated again: other ETags, other results, and some that are gone', () => {
    const { objects, clock, truth } = bucketOf('2026-11-22T12:00:00Z', { devices: 2000, historyDays: 40 });
    const etags = (): Map<string, string> => new Map([...objects.list('', '')].map(({ key, etag }) => [key, etag]));
    const before = etags();
    clock.now = new Date('2026-11-27T12:00:00Z');
    const after = etags();
    const changed = [...before].filter(([key, etag]) => after.get(key) !== etag).map(([key]) => key);
    const repeated = [...before.keys()].filter((key) => {
      const lines = key.includes('part') && key < 'd' ? linesOf(objects, key).slice(0, -1) : [];
      return lines.some((line) => line.trim() === '');
    });
    expect(repeated.length).toBeGreaterThan(0);
    // Only days of the last three can change within five days.
    for (const key of changed) expect(key >= 'coulomb-count/2026-11-19').toBe(true);
    const [algorithm, date] = ['coulomb-count', repeated[0]?.split('/')[1] ?? ''] as const;
    const first = [...truth.evaluations({ algorithm, date }, new Date(`${date}T12:00:00Z`))];
    const second = [...truth.evaluations({ algorithm, date }, clock.now)];
    expect(second.length).toBeLessThan(first.length);
    expect(second[0]?.algorithmVersion).toMatch(/\.1$/);
  });

  test('predicts more days, as the voltage rises, once a battery was replaced', () => {
    const { fleet } = bucketOf(NOW, { devices: 2000 });
    const to = parseDay('2026-11-22') ?? 0;
    let replaced = 0;
    for (const site of fleet.world.sites(to)) {
      const [at] = replacementsBetween(site, Math.max(site.installedAt, to - 60 * DAY), to - 12 * DAY);
      if (at === undefined) continue;
      replaced++;
      expect(batteryAt(site, at + DAY).voltage).toBeGreaterThan(batteryAt(site, at - DAY).voltage + 0.3);
      for (const algorithm of ALGORITHMS) {
        const predicted = (day: number): number =>
          evaluationOf(site, { algorithm, day: Math.floor(day / DAY) * DAY, revision: 0 })?.predictedRemainingDays ?? 0;
        // A device may be cut off for ten days.
        expect(predicted(at + 11 * DAY)).toBeGreaterThan(predicted(at - DAY) + 100);
      }
    }
    expect(replaced).toBeGreaterThan(20);
  });

  test('fits the longest lines, with every defect at once', () => {
    for (const rates of [
      { wrongTypes: 1, unknownFields: 1 },
      { numericStrings: 1, unknownFields: 1 },
      { nulls: 1, unknownFields: 1 },
      { missing: 1, unknownFields: 1 },
    ]) {
      const { objects } = bucketOf(NOW, { profile: 'untidy', rates });
      for (const key of keysOf(objects).filter((name) => name.includes('part'))) {
        expect(linesOf(objects, key).length).toBeGreaterThan(200);
      }
    }
  });
});

function parsed(line: string): Record<string, unknown>[] {
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [];
  }
}
