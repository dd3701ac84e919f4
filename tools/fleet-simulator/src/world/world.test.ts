import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deviceChanges } from '../truth/device-changes.ts';
import { batteryAt, replacementsBetween } from './battery.ts';
import { calibrationsBetween, calibrationTotal } from './calibrations.ts';
import { firmwareAt, firmwareInstallsBetween, firmwareReleases, firmwareTargetAt } from './firmware.ts';
import { lastSeenAt, outagesBetween, reportInterval } from './presence.ts';
import { lastStartAt, resetsBetween } from './resets.ts';
import type { DeviceSite } from './roster.ts';
import { DAY, HOUR } from './time.ts';
import { createWorld } from './world.ts';

const BEGIN = Date.parse('2022-01-01T00:00:00Z') / 1000;
const END = Date.parse('2030-01-01T00:00:00Z') / 1000;
const world = createWorld({ devices: 2000, customers: 40, shards: 5, seed: 'property' });

/** A device and two times, at most 60 days apart, at which it is in the field. */
const fieldCase = fc
  .record({
    slot: fc.nat(39),
    local: fc.nat(1000),
    time: fc.integer({ min: BEGIN, max: END }),
    length: fc.oneof(fc.nat(2 * HOUR), fc.nat(2 * DAY), fc.nat(60 * DAY)),
  })
  .map(({ slot, local, time, length }) => {
    const [customer] = world.customersOfShard(slot % 5, time).slice(-1 - Math.floor(slot / 5));
    const count = customer?.thermostatCount ?? 0;
    return {
      site: count === 0 ? null : world.siteOf(customer?.customer ?? 0, local % count),
      from: time - length,
      to: time,
    };
  })
  .filter((field): field is { site: DeviceSite; from: number; to: number } => field.site !== null);

describe('a device', () => {
  test('was last seen at a report that came through, and is never seen earlier than before', () => {
    fc.assert(
      fc.property(fieldCase, ({ site, from, to }) => {
        const seen = lastSeenAt(site, to);
        expect(seen).toBeLessThanOrEqual(to);
        expect(seen).toBeGreaterThanOrEqual(lastSeenAt(site, Math.max(from, site.installedAt)));
        fc.pre(seen > site.installedAt);
        expect(outagesBetween(site, seen, seen)).toEqual([]);
        // Every later report up to now falls into an outage.
        for (let report = seen + reportInterval(site); report <= to; report += reportInterval(site)) {
          expect(outagesBetween(site, report, report)).toHaveLength(1);
        }
      }),
    );
  });

  test('has an uptime that grows by the time that passed unless it reset', () => {
    fc.assert(
      fc.property(fieldCase, ({ site, from, to }) => {
        const start = Math.max(from, site.installedAt);
        const resets = resetsBetween(site, start, to);
        const [uptimeBefore, uptimeNow] = [start - lastStartAt(site, start), to - lastStartAt(site, to)];
        expect(uptimeNow).toBe(resets.length === 0 ? uptimeBefore + (to - start) : to - (resets.at(-1) ?? 0));
        expect(uptimeBefore).toBeGreaterThanOrEqual(0);
        expect(resets).toEqual([...new Set(resets)].toSorted((a, b) => a - b));
      }),
    );
  });

  test('counts calibrations that never fall and grow by one at each', () => {
    fc.assert(
      fc.property(fieldCase, ({ site, from, to }) => {
        const times = calibrationsBetween(site, from, to);
        expect(calibrationTotal(site, to) - calibrationTotal(site, from)).toBe(times.length);
        for (const time of times) expect(calibrationTotal(site, time) - calibrationTotal(site, time - 1)).toBe(1);
        expect(calibrationTotal(site, site.installedAt)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('never goes back to older firmware, and resets whenever it installs one', () => {
    fc.assert(
      fc.property(fieldCase, ({ site, from, to }) => {
        const installs = firmwareInstallsBetween(site, from, to);
        expect(firmwareAt(site, to) > firmwareAt(site, from)).toBe(installs.length > 0);
        expect(firmwareAt(site, to)).toBeGreaterThanOrEqual(firmwareAt(site, from));
        expect(firmwareTargetAt(site, to)).toBeGreaterThanOrEqual(firmwareAt(site, to));
        const inField = installs.filter((time) => time > Math.max(from, site.installedAt));
        expect(resetsBetween(site, from, to)).toEqual(expect.arrayContaining(inField));
      }),
    );
  });

  test('has a battery that drains until it is replaced', () => {
    fc.assert(
      fc.property(fieldCase, ({ site, from, to }) => {
        const start = Math.max(from, site.installedAt);
        const [before, now] = [batteryAt(site, start), batteryAt(site, to)];
        const replaced = replacementsBetween(site, start, to).length > 0;
        const drained =
          now.level <= before.level &&
          now.remainingDays <= before.remainingDays &&
          now.voltage <= before.voltage + 0.005;
        expect(replaced ? now.level > 70 : drained).toBe(true);
        expect(now.level).toBeGreaterThan(0);
        expect(now.level).toBeLessThanOrEqual(100);
        expect(now.voltage).toBeGreaterThan(2.0);
      }),
    );
  });

  test('tells between two queries exactly what its events say', () => {
    fc.assert(
      fc.property(fieldCase, ({ site, from, to }) => {
        fc.pre(from >= site.installedAt);
        const changes = deviceChanges(world, site, from, to);
        const previous = changes.previous ?? changes.current;
        const { current } = changes;
        const elapsed = (Date.parse(current.lastSeenAt) - Date.parse(previous.lastSeenAt)) / 1000;
        expect(changes.resets.length > 0).toBe(current.uptime < elapsed);
        expect(changes.uptimeFell).toBe(current.uptime < previous.uptime);
        expect(changes.calibrations).toHaveLength(current.calibrationTotal - previous.calibrationTotal);
        expect(changes.firmwareInstalls.length > 0).toBe(current.embeddedVersion !== previous.embeddedVersion);
      }),
    );
  });

  test('has no previous report when it was not in the field yet', () => {
    const [site] = world.sites(END);
    if (site === undefined) throw new Error('the fleet is empty');
    expect(deviceChanges(world, site, site.installedAt - 1, site.installedAt)).toMatchObject({
      previous: null,
      current: { uptime: 0 },
      resets: [],
    });
  });
});

describe('a fleet', () => {
  const NOON = Date.parse('2026-11-22T12:00:00Z') / 1000;
  const states = [...world.sites(NOON)].map((site) => world.deviceState(site, NOON));

  test('is alive: between two queries half a day apart there is something to see', () => {
    const changes = [...world.sites(NOON)].map((site) => deviceChanges(world, site, NOON - 12 * HOUR, NOON));
    const having = (test: (change: (typeof changes)[number]) => boolean): number => changes.filter(test).length;
    expect(having(({ uptimeFell }) => uptimeFell)).toBeGreaterThan(20);
    expect(having(({ resets, uptimeFell }) => resets.length > 0 && !uptimeFell)).toBeGreaterThan(0);
    expect(having(({ calibrations }) => calibrations.length > 0)).toBeGreaterThan(20);
    expect(having(({ calibrations }) => calibrations.length > 1)).toBeGreaterThan(5);
    const replaced = [...world.sites(NOON)].filter(
      (site) => replacementsBetween(site, NOON - 10 * DAY, NOON).length > 0,
    );
    expect(replaced.length).toBeGreaterThan(10);
  });

  test('has devices that are offline for days', () => {
    expect(states.filter(({ seenAt }) => NOON - seenAt > 2 * DAY).length).toBeGreaterThan(5);
    expect(states.filter(({ seenAt }) => NOON - seenAt < 2 * HOUR).length).toBeGreaterThan(0.9 * states.length);
  });

  test('gets new firmware over weeks', () => {
    const [release] = firmwareReleases(NOON - 200 * DAY, NOON - 100 * DAY).slice(-1);
    const { releasedAt = 0, release: number = 0 } = release ?? {};
    const newestSites = states.map(({ site }) => site).filter((site) => site.installedAt > NOON - 1000 * DAY);
    const share = (day: number): number =>
      newestSites.filter((site) => firmwareAt(site, releasedAt + day * DAY) >= number).length / newestSites.length;
    expect(share(0)).toBe(0);
    expect(share(7)).toBeGreaterThan(0.02);
    expect(share(7)).toBeLessThan(0.25);
    expect(share(17)).toBeGreaterThan(0.3);
    expect(share(36)).toBeGreaterThan(0.9);
    expect(share(36)).toBeLessThan(1);
  });

  test('is the same for the same seed and another one for another seed', () => {
    const same = createWorld(world.options);
    expect([...same.sites(NOON)].map((site) => same.deviceState(site, NOON))).toEqual(states);
    const other = createWorld({ ...world.options, seed: 'other' });
    expect([...other.sites(NOON)].map((site) => other.deviceState(site, NOON))).not.toEqual(states);
  });

  test('keeps a device as it is while nothing comes from it', () => {
    const silent = states.find(({ seenAt }) => NOON - seenAt > 2 * DAY);
    if (silent === undefined) throw new Error('no device is offline');
    expect(world.deviceState(silent.site, silent.seenAt)).toEqual(silent);
  });
});
