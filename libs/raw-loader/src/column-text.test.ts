import { describe, expect, test } from 'vitest';
import { columnText } from './column-text.ts';
import type { RawColumnType } from './raw-table.ts';
import { storableRange, utcTimestamp } from './utc-time.ts';

describe(columnText, () => {
  test.each<[RawColumnType, unknown, string]>([
    ['identifier', 'd-00012345', 'd-00012345'],
    ['identifier', 'a'.repeat(128), 'a'.repeat(128)],
    ['text', '', ''],
    ['timestamp', '2026-11-22T01:40:12Z', '2026-11-22T01:40:12.000000Z'],
    ['timestamp', '2026-11-22T01:40:12.1234567+02:00', '2026-11-21T23:40:12.123456Z'],
    ['timestamp', new Date('2026-11-22T01:40:12.5Z'), '2026-11-22T01:40:12.500000Z'],
    ['timestamp', '1969-12-31T23:59:59.9Z', '1969-12-31T23:59:59.900000Z'],
    ['date', '2024-02-29', '2024-02-29'],
    ['date', new Date('2026-11-22T23:59:59Z'), '2026-11-22'],
    ['uuid', '018F2F6E-0000-7000-8000-000000000001', '018f2f6e-0000-7000-8000-000000000001'],
    ['integer', -0, '0'],
    ['number', 1e-7, '1e-7'],
    ['boolean', false, 'false'],
  ])('writes a %s %o as %s', (type, value, text) => {
    expect(columnText({ name: 'x', type }, value)).toMatchObject({ ok: true, text });
  });

  test.each<[RawColumnType, unknown]>([
    ['identifier', ''],
    ['identifier', 'a b'],
    ['identifier', 'a\0'],
    ['identifier', 'a'.repeat(129)],
    ['identifier', 5],
    ['text', 5],
    ['timestamp', '2026-11-22T01:40:12'],
    ['timestamp', '2026-02-30T01:40:12Z'],
    ['timestamp', '2026-11-22'],
    ['timestamp', '0000-11-22T00:00:00Z'],
    ['timestamp', new Date(Number.NaN)],
    ['timestamp', new Date(8.64e15)],
    ['timestamp', 0],
    ['date', '2026-02-30'],
    ['date', '2026-11-22T00:00:00Z'],
    ['uuid', '018f2f6e'],
    ['integer', 1.5],
    ['integer', 2 ** 53],
    ['integer', '5'],
    ['number', Number.NaN],
    ['number', Infinity],
    ['boolean', 1],
  ])('refuses a %s %o', (type, value) => {
    expect(columnText({ name: 'x', type }, value).ok).toBe(false);
  });

  test('matches a pattern against the whole of a text, each time anew', () => {
    const column = { name: 'x', type: 'text', pattern: /a|b/g } as const;
    expect(['a', 'b', 'ab', 'a', '\0'].map((value) => columnText(column, value).ok)).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
  });

  test('writes equal moments alike', () => {
    const texts = ['2026-11-22T00:00:00Z', '2026-11-22t02:00:00.0000+02:00', new Date('2026-11-22T00:00:00Z')].map(
      (value) => utcTimestamp(value)?.text,
    );
    expect(new Set(texts)).toEqual(new Set(['2026-11-22T00:00:00.000000Z']));
  });
});

describe(storableRange, () => {
  test('spans whole UTC days from ten years ago to tomorrow', () => {
    const { startMs, endMs } = storableRange(new Date('2026-11-22T23:30:00Z'));
    expect([startMs, endMs].map((ms) => new Date(ms).toISOString())).toEqual([
      '2016-11-22T00:00:00.000Z',
      '2026-11-24T00:00:00.000Z',
    ]);
  });
});
