import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { measurementRow, replacementRow } from '../documents/battery-rows.ts';
import { batteryAt } from './battery.ts';
import { DAY, HOUR, isoDay, MINUTE, parseDay } from './time.ts';
import { createWorld } from './world.ts';

const world = createWorld({ devices: 400, customers: 30, shards: 3, seed: 'history' });
const NOON = (parseDay('2026-11-22') ?? 0) + 12 * HOUR;

describe('the measurements of the battery database', () => {
  test('come every six hours a device, later than they were made: minutes, hours or days', () => {
    const rows = [...world.measurementsBetween(NOON - 20 * DAY, NOON)];
    const perDevice = rows.length / world.field(NOON).size / 20;
    expect(perDevice).toBeGreaterThan(3.8);
    expect(perDevice).toBeLessThan(4.05);
    const delays = rows.map(({ measuredAt, recordedAt }) => recordedAt - measuredAt);
    const share = (from: number, to: number): number =>
      delays.filter((delay) => delay >= from && delay < to).length / delays.length;
    expect(Math.min(...delays)).toBeGreaterThan(0);
    expect(share(0, 21 * MINUTE)).toBeCloseTo(0.9, 1);
    expect(share(HOUR, 12 * HOUR)).toBeCloseTo(0.08, 1);
    expect(share(DAY, 5 * DAY)).toBeGreaterThan(0.01);
    expect(share(0, 5 * DAY)).toBe(1);
  });

  test('are the same rows in the same order however time is cut', () => {
    const whole = [...world.measurementsBetween(NOON - DAY, NOON)];
    expect(whole).toEqual(whole.toSorted((a, b) => a.recordedAt - b.recordedAt || a.device - b.device));
    const cuts = fc.array(fc.nat(DAY), { maxLength: 4 });
    fc.assert(
      fc.property(cuts, (offsets) => {
        const times = [0, ...offsets.toSorted((a, b) => a - b), DAY].map((offset) => NOON - DAY + offset);
        const pieces = times.slice(1).flatMap((to, n) => [...world.measurementsBetween(times[n] ?? 0, to)]);
        expect(pieces).toEqual(whole);
      }),
      { numRuns: 10 },
    );
  });

  test('are made by devices in the field, of the battery that they have then', () => {
    for (const { device, measuredAt, voltage } of world.measurementsBetween(NOON - 2 * DAY, NOON)) {
      const site = world.site(device, measuredAt);
      expect(site && batteryAt(site, measuredAt).voltage).toBe(voltage);
    }
  });

  test('begin at once, however long the history is', () => {
    const large = createWorld({ devices: 20_000, customers: 300, shards: 3, seed: 'history' });
    const [first] = large.measurementsBetween(NOON - 1000 * DAY, NOON);
    expect(isoDay(first?.recordedAt ?? 0)).toBe(isoDay(NOON - 1000 * DAY));
  });

  test('become rows in which a person is a canary', () => {
    const rows = [...world.measurementsBetween(NOON - 2 * DAY, NOON)].map(measurementRow);
    expect(rows[0]).toEqual({
      device_id: expect.stringMatching(/^d-\d{8}$/) as string,
      measured_at: expect.stringMatching(/Z$/) as string,
      recorded_at: expect.stringMatching(/^2026-11-20T12:/) as string,
      voltage: expect.any(Number) as number,
      temperature: expect.any(Number) as number,
      load_current: expect.any(Number) as number,
      technician: null,
    });
    const technicians = rows.flatMap(({ technician }) => technician ?? []);
    expect(technicians.length).toBeGreaterThan(10);
    for (const technician of technicians) expect(technician).toMatch(/^pii-canary-technician-\d+$/);
    expect(rows.some(({ temperature }) => temperature === null)).toBe(true);
  });
});

describe('the replacements of the battery database', () => {
  test('are recorded later, in order, and the same however time is cut', () => {
    const [from, middle, to] = [NOON - 90 * DAY, NOON - 41 * DAY - 7, NOON];
    const rows = [...world.replacementsBetween(from, to)];
    expect(rows.length).toBeGreaterThan(40);
    expect(rows).toEqual(rows.toSorted((a, b) => a.recordedAt - b.recordedAt || a.device - b.device));
    expect([...world.replacementsBetween(from, middle), ...world.replacementsBetween(middle, to)]).toEqual(rows);
    for (const { replacedAt, recordedAt } of rows) {
      expect(recordedAt - replacedAt).toBeGreaterThan(0);
      expect(recordedAt - replacedAt).toBeLessThan(7 * DAY);
    }
  });

  test('are those after which the measured voltage rises', () => {
    const rows = [...world.replacementsBetween(NOON - 40 * DAY, NOON - 10 * DAY)];
    const measured = Map.groupBy(world.measurementsBetween(NOON - 50 * DAY, NOON), ({ device }) => device);
    for (const { device, replacedAt } of rows) {
      const own = (measured.get(device) ?? []).toSorted((a, b) => a.measuredAt - b.measuredAt);
      const before = own.findLast(({ measuredAt }) => measuredAt < replacedAt);
      const after = own.find(({ measuredAt }) => measuredAt >= replacedAt);
      expect(after?.voltage).toBeGreaterThan((before?.voltage ?? 0) + 0.3);
    }
    expect(rows.length).toBeGreaterThan(10);
  });

  test('become rows in which persons are canaries', () => {
    const [row] = [...world.replacementsBetween(NOON - 90 * DAY, NOON)].map(replacementRow);
    expect(row).toEqual({
      device_id: expect.stringMatching(/^d-\d{8}$/) as string,
      replaced_at: expect.stringMatching(/Z$/) as string,
      recorded_at: expect.stringMatching(/Z$/) as string,
      battery_type: expect.stringMatching(/^(?:ER14505|LS14500|FR6)$/) as string,
      reason: expect.stringContaining('pii-canary-reason-') as string,
      replaced_by: expect.stringMatching(/^pii-canary-technician-\d+$/) as string,
    });
  });
});
