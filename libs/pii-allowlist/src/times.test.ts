import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ruleOf } from './field.ts';
import { parseTimestamp } from './rfc3339.ts';
import { date, timestamp } from './times.ts';

const reason = 'a test';

describe(timestamp, () => {
  const rule = ruleOf(timestamp({ reason }))!;

  test.each([
    ['2026-11-22T01:40:12Z', '2026-11-22T01:40:12.000Z'],
    ['2026-11-22t01:40:12z', '2026-11-22T01:40:12.000Z'],
    ['2026-11-22T01:40:12.5Z', '2026-11-22T01:40:12.500Z'],
    ['2026-11-22T01:40:12.123456789Z', '2026-11-22T01:40:12.123Z'],
    ['2026-11-22T01:40:12.123Z', '2026-11-22T01:40:12.123Z'],
    ['2026-11-22t01:40:12.123Z', '2026-11-22T01:40:12.123Z'],
    ['2026-11-22T01:40:12+02:00', '2026-11-21T23:40:12.000Z'],
    ['2026-11-22T01:40:12.25-09:30', '2026-11-22T11:10:12.250Z'],
    ['2024-02-29T00:00:00-00:00', '2024-02-29T00:00:00.000Z'],
    ['2000-01-01T00:30:00+00:30', '2000-01-01T00:00:00.000Z'],
  ])('reads %s as %s', (raw, value) => {
    expect(rule.read(raw)).toBe(value);
  });

  test.each([
    '2026-11-22',
    '2026-11-22T01:40:12',
    '2026-11-22 01:40:12Z',
    '2026-11-22T01:40Z',
    '2026-13-22T01:40:12Z',
    '2026-02-29T01:40:12Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T01:40:12Z',
    '2026-11-22T24:00:00Z',
    '2026-11-22T23:59:60Z',
    '2026-11-22T01:60:12Z',
    '2026-11-22T01:40:12+24:00',
    '2026-11-22T01:40:12+02:60',
    '2026-11-22T01:40:12.Z',
    '2026-11-22T01:40:12.1234567890Z',
    '1999-12-31T23:59:59Z',
    '2100-01-01T00:00:00Z',
    '2000-01-01T00:00:00+00:01',
    '+02026-11-22T01:40:12Z',
    '２026-11-22T01:40:12Z',
    1763775612,
    new Date(0),
    null,
  ])('refuses %o', (raw) => {
    expect(rule.read(raw)).toBeUndefined();
  });

  test('reads every time back that toISOString writes', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1583-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
        (time) => {
          expect(parseTimestamp(time.toISOString())).toBe(time.getTime());
        },
      ),
    );
  });

  test('gives undefined or a time for any text', () => {
    const nearly = fc.stringMatching(
      /^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,9})?(Z|[+-][0-2]\d:[0-6]\d)$/,
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearly), (text) => {
        const value = rule.read(text);
        const same =
          value === undefined || Date.parse(String(value)) === Date.parse(text.replace(/(\.\d{3})\d*/, '$1'));
        expect(same).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('cannot be declared with an empty range of years', () => {
    expect(() => timestamp({ minYear: 2030, maxYear: 2020, reason })).toThrow('the years 2030 to 2020 are no range');
  });
});

describe(date, () => {
  const rule = ruleOf(date({ minYear: 2010, maxYear: 2030, reason }))!;

  test('takes days of its years and refuses the rest', () => {
    expect(
      [
        '2026-11-22',
        '2010-01-01',
        '2030-12-31',
        '2009-12-31',
        '2031-01-01',
        '2026-02-30',
        '2026-11-22T00:00:00Z',
        '22.11.2026',
        20261122,
      ].map((raw) => rule.read(raw)),
    ).toEqual([
      '2026-11-22',
      '2010-01-01',
      '2030-12-31',
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
