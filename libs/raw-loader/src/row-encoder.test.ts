import { describe, expect, test } from 'vitest';
import { readings, row, RUN_1 } from '../test/readings.ts';
import { RowEncoder } from './row-encoder.ts';

const storable = { startMs: Date.parse('2016-11-22T00:00:00Z'), endMs: Date.parse('2026-11-24T00:00:00Z') };

describe(RowEncoder, () => {
  test('writes the columns of the table, then the payload', () => {
    expect(new RowEncoder(readings).encode(row({ deviceId: 'd-1', value: 1.5 }), storable)).toEqual({
      ok: true,
      line: [
        'd-1',
        '2026-11-22T00:00:00.000000Z',
        'shard:1',
        'c-1',
        '2026-11-22T00:00:01.000000Z',
        RUN_1,
        '{"deviceId":"d-1","value":1.5}\n',
      ].join('\t'),
      key: 'd-1\u00002026-11-22T00:00:00.000000Z\0',
      month: '2026-11',
      day: '2026-11-22',
      replaced: 0,
    });
  });

  test('notices a Date that was changed after it was seen', () => {
    const encoder = new RowEncoder(readings);
    const queried = new Date('2026-11-22T00:00:00Z');
    const keyOf = () => encoder.encode(row({ deviceId: 'd-1' }, { queried_at: queried }), storable);
    expect(keyOf()).toMatchObject({ key: 'd-1\u00002026-11-22T00:00:00.000000Z\0' });
    queried.setUTCHours(12);
    expect(keyOf()).toMatchObject({ key: 'd-1\u00002026-11-22T12:00:00.000000Z\0' });
    expect(encoder.encode(row({ deviceId: 'd-1' }, { queried_at: queried.getTime() }), storable)).toEqual({
      ok: false,
      reason: 'value_invalid:queried_at',
    });
  });
});
