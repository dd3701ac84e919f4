import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCsv } from './csv.ts';
import { readSeed } from './read-seed.ts';

describe(parseCsv, () => {
  test.each([
    [
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r\n"1\r\n2",""""\r\n',
      [
        ['a', 'b'],
        ['1\n2', '"'],
      ],
    ],
    ['\uFEFFa\n', [['a']]],
    ['a"b,"c"d\n', [['a"b', 'cd']]],
    ['a,\n\nb', [['a', ''], [], ['b']]],
    ['"open', [['open']]],
    ['', []],
  ])('%j', (text, records) => {
    expect(parseCsv(text)).toEqual(records);
  });

  test('reads back whatever was written with every field quoted', () => {
    const fields = fc.array(
      fc.array(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é') }), { minLength: 1 }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(fields, (records) => {
        const text = records
          .map((record) => record.map((field) => `"${field.replaceAll('"', '""')}"`).join(','))
          .join('\n');
        expect(parseCsv(text)).toEqual(records);
      }),
    );
  });
});

describe(readSeed, () => {
  test('keeps the text of columns whose type is given, and pads short rows with null', () => {
    const seed = readSeed('seeds/a.csv', 'code,n,note\n007,1\n008,2,x\n', { column_types: { code: 'varchar(3)' } });
    expect(seed).toEqual({
      columns: [
        { name: 'code', type: 'varchar(3)', quoted: false },
        { name: 'n', type: 'integer', quoted: false },
        { name: 'note', type: 'text', quoted: false },
      ],
      rows: [
        ['007', '1', null],
        ['008', '2', 'x'],
      ],
    });
  });

  test('names the line of a row that is too long, and a missing header', () => {
    expect(() => readSeed('seeds/a.csv', 'a,b\n1,2\n1,2,3\n', {})).toThrow(
      'seeds/a.csv:3: row 2 has 3 values, the header names 2 columns; quote values that contain the delimiter ","',
    );
    expect(() => readSeed('seeds/a.csv', '', {})).toThrow('seeds/a.csv:1: the seed has no header');
  });

  test('takes another delimiter and names repeated and nameless columns as dbt does', () => {
    const { columns } = readSeed('seeds/a.csv', 'a;a;\n1;2;3\n', { delimiter: ';', quote_columns: true });
    expect(columns).toEqual([
      { name: 'a', type: 'integer', quoted: true },
      { name: 'a_2', type: 'integer', quoted: true },
      { name: 'c', type: 'integer', quoted: true },
    ]);
  });
});
