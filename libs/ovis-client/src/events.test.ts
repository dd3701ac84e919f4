import { describe, expect, test } from 'vitest';
import { eventSink } from './events.ts';

describe(eventSink, () => {
  test('tells every listener, though one of them throws', () => {
    const told: string[] = [];
    const sink = eventSink(
      {
        onRequest: () => {
          throw new Error('broken counter');
        },
      },
      undefined,
      { onRequest: ({ shard }) => told.push(shard) },
    );
    sink.onRequest({ shard: 'a:1', operation: 'login', attempt: 1 });
    expect(told).toEqual(['a:1']);
  });
});
