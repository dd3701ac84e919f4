import { describe, expect, test } from 'vitest';
import { settledEvents } from './settled-events.ts';

const numbered = (...ids: readonly number[]): readonly { readonly eventId: number }[] =>
  ids.map((eventId) => ({ eventId }));

describe(settledEvents, () => {
  test('ends before the first number that is missing', () => {
    expect(settledEvents(4, numbered(5, 6, 8, 9))).toEqual(numbered(5, 6));
    expect(settledEvents(4, numbered(6, 7))).toEqual([]);
    expect(settledEvents(4, numbered(5, 6))).toEqual(numbered(5, 6));
    expect(settledEvents(4, [])).toEqual([]);
  });
});
