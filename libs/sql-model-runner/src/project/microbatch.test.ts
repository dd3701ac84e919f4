import { describe, expect, test } from 'vitest';
import { microbatches, readBatchConfig } from './microbatch.ts';

const NOW = new Date('2024-03-01T10:30:00Z');
const config = (more: Readonly<Record<string, unknown>>) => readBatchConfig({ batch_size: 'day', ...more }, 'm');
const spans = (options: Partial<Parameters<typeof microbatches>[0]>): readonly string[] =>
  microbatches({ config: config({}), isIncremental: false, start: null, end: null, now: NOW, ...options }).map(
    ({ start, end }) => `${start.toISOString().slice(0, 13)} ${end.toISOString().slice(0, 13)}`,
  );

describe(microbatches, () => {
  test('a first build goes from "begin" to the end of the current batch', () => {
    expect(spans({ config: config({ begin: '2024-02-28' }) })).toEqual([
      '2024-02-28T00 2024-02-29T00',
      '2024-02-29T00 2024-03-01T00',
      '2024-03-01T00 2024-03-02T00',
    ]);
  });

  test('later builds go back by "lookback" batches', () => {
    expect(spans({ isIncremental: true, config: config({ lookback: 2, batch_size: 'month' }) })).toEqual([
      '2024-01-01T00 2024-02-01T00',
      '2024-02-01T00 2024-03-01T00',
      '2024-03-01T00 2024-04-01T00',
    ]);
  });

  test('a given span is cut at the batches', () => {
    const given = { start: new Date('2024-01-01T05:00:00Z'), end: new Date('2024-01-01T07:30:00Z') };
    expect(spans({ ...given, config: config({ batch_size: 'hour' }) })).toEqual([
      '2024-01-01T05 2024-01-01T06',
      '2024-01-01T06 2024-01-01T07',
      '2024-01-01T07 2024-01-01T08',
    ]);
  });

  test('a first build without "begin", and an unknown size, are refused', () => {
    expect(() => spans({})).toThrow('the microbatch model "m" has no "begin"');
    expect(() => config({ batch_size: 'week' })).toThrow('expected one of hour, day, month, year');
  });
});
