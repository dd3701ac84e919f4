import { emptyCounters } from '@ovis/orchestrator';
import type { CommittedBatch } from '@ovis/raw-loader';
import { describe, expect, test } from 'vitest';
import { ListingProgress, type PageFacts } from './listing-progress.ts';

function page(bytes: number, dropped: number): PageFacts {
  return {
    bytes,
    thermostats: 1,
    dropped: new Map([['configuration.*', dropped]]),
    mismatched: new Map(),
    quarantined: [{ position: `a page of ${bytes}`, reason: 'value_invalid:x' }],
  };
}

function batch(inserted: number, unchanged = 0): CommittedBatch<unknown> {
  const none = { updated: 0, superseded: 0, duplicates: 0, sanitized: 0, bytes: 0 };
  return { ...none, inserted, unchanged, touchedDays: [], quarantined: [], checkpoint: null };
}

describe(ListingProgress, () => {
  test('counts the pages up to the last of a batch, and later ones with later batches', () => {
    const counters = { ...emptyCounters(), pages: 4 };
    const progress = new ListingProgress(counters);
    expect(progress.nextNumber).toBe(5);
    progress.add(page(10, 1));
    progress.add(page(20, 2));
    progress.add(page(30, 4));
    expect(progress.count(6, batch(7)).map(({ position }) => position)).toEqual(['a page of 10', 'a page of 20']);
    expect(counters).toMatchObject({ pages: 6, bytes: 30, rowsInserted: 7, quarantined: 2 });
    expect(progress.count(7, batch(5)).map(({ position }) => position)).toEqual(['a page of 30']);
    expect(counters).toMatchObject({ pages: 7, bytes: 60, rowsInserted: 12, quarantined: 3 });
    expect(counters.dropped).toEqual({ 'configuration.*': 7 });
    expect(progress.nextNumber).toBe(8);
  });

  test('counts a batch once that is stored again after a rollback, with the counts of the last time', () => {
    const counters = emptyCounters();
    const progress = new ListingProgress(counters);
    progress.add(page(10, 1));
    progress.count(1, batch(3));
    counters.requests += 2;
    progress.add(page(20, 2));
    const quarantined = progress.count(1, batch(1, 2));
    expect(quarantined).toHaveLength(1);
    expect(counters).toMatchObject({
      pages: 1,
      bytes: 10,
      rowsInserted: 1,
      rowsUnchanged: 2,
      quarantined: 1,
      requests: 2,
    });
    expect(counters.dropped).toEqual({ 'configuration.*': 1 });
  });
});
