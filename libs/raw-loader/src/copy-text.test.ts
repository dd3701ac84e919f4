import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copyText } from './copy-text.ts';

describe(copyText, () => {
  test('escapes what ends a column or a row, and the escape itself', () => {
    expect(copyText('a\tb\nc\rd\\N')).toBe(String.raw`a\tb\nc\rd\\N`);
    expect(copyText('{"a":"plain 🙂"}')).toBe('{"a":"plain 🙂"}');
  });

  test('leaves one line of one column that reads back the same, for any text', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.oneof(fc.constantFrom('\\', '\t', '\n', '\r', 'N', 't', '.'), fc.string({ maxLength: 1 })),
        }),
        (text) => {
          const written = copyText(text);
          expect(written).not.toMatch(/[\t\n\r]/);
          const names: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', '\\': '\\' };
          expect(written.replaceAll(/\\(.)/g, (_, name: string) => names[name] ?? '?')).toBe(text);
        },
      ),
    );
  });
});
