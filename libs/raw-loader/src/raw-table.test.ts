import { describe, expect, test } from 'vitest';
import { readings } from '../test/readings.ts';
import { RawTableError } from './errors.ts';
import { checkTable, type RawTable } from './raw-table.ts';

describe(checkTable, () => {
  test('takes a table as the platform has them', () => {
    expect(() => checkTable(readings)).not.toThrow();
  });

  test.each<[Partial<RawTable>, string]>([
    [{ key: [] }, 'has no key'],
    [{ key: ['device_id', 'queried_at', 'color'] }, 'key column "color" is not among its columns'],
    [{ key: ['device_id', 'queried_at', 'run_id'] }, 'key column "run_id" can be neither nullable nor provenance'],
    [{ columns: [...readings.columns, { name: 'shard', type: 'text' }] }, 'column "shard" is listed twice'],
    [
      { columns: [...readings.columns, { name: 'payload', type: 'text' }] },
      'column "payload" is listed twice, or is one that every raw table has',
    ],
    [{ touchedDay: 'shard' }, '"shard" is no timestamp or date column of it'],
    [{ partitionMonth: 'observed_at' }, '"observed_at" partitions it and must be in its key'],
  ])('refuses %o', (change, problem) => {
    expect(() => checkTable({ ...readings, ...change })).toThrow(RawTableError);
    expect(() => checkTable({ ...readings, ...change })).toThrow(problem);
  });
});
