import { describe, expect, test } from 'vitest';
import { clockFrom, ManualClock } from './clock.ts';

const NOON = new Date('2026-11-23T12:00:00Z');

describe(clockFrom, () => {
  test('shows the start and goes on as time passes', () => {
    let elapsedMs = 5_000;
    const clock = clockFrom(NOON, () => elapsedMs);
    expect(clock.now()).toEqual(NOON);
    elapsedMs += 1_500;
    expect(clock.now()).toEqual(new Date('2026-11-23T12:00:01.500Z'));
  });
});

describe(ManualClock, () => {
  test('stands still until it is set, whatever is done to the dates that it gave', () => {
    const clock = new ManualClock(NOON);
    clock.now().setUTCFullYear(1999);
    expect(clock.now()).toEqual(NOON);
    const later = new Date('2026-11-24T00:00:00Z');
    clock.set(later);
    expect(clock.now()).toEqual(later);
  });
});
