import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sanitizeJson, sanitizeText } from './sanitize.ts';

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\0', '\\', 'u0000', 'ud83d', '\uD83D', '\uDE00', '🙂', '"', 'a'),
    fc.string({ unit: 'binary', maxLength: 1 }),
  ),
});

/** Character by character, as Unicode defines it. */
function modelOf(text: string): string {
  return Array.from(text)
    .map((character) => (character === '\0' || !character.isWellFormed() ? '\uFFFD' : character))
    .join('');
}

describe(sanitizeText, () => {
  test('replaces NUL and lone surrogates and keeps everything else', () => {
    expect(sanitizeText('a\0b')).toEqual({ text: 'a\uFFFDb', replaced: 1 });
    expect(sanitizeText('\uD83D\uD83D\uDE00\uDE00')).toEqual({
      text: '\uFFFD🙂\uFFFD'.replace('🙂', '\uD83D\uDE00'),
      replaced: 2,
    });
    expect(sanitizeText('plain 🙂')).toEqual({ text: 'plain 🙂', replaced: 0 });
  });

  test('equals the plain model for any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(sanitizeText(text).text).toBe(modelOf(text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe(sanitizeJson, () => {
  test.each([
    [String.raw`{"a":"\u0000"}`, '{"a":"\uFFFD"}', 1],
    [String.raw`{"a":"\ud800 \uDFFF"}`, '{"a":"\uFFFD \uFFFD"}', 2],
    [String.raw`{"a":"\ud83d\ude42"}`, String.raw`{"a":"\ud83d\ude42"}`, 0],
    [String.raw`{"a":"\ud83d\ud83d\ude42"}`, `{"a":"\uFFFD${String.raw`\ud83d\ude42`}"}`, 1],
    [String.raw`{"a":"\\u0000 \\\u0000"}`, `{"a":"${String.raw`\\u0000 \\`}\uFFFD"}`, 1],
    [String.raw`{"a":"\u0001\n\""}`, String.raw`{"a":"\u0001\n\""}`, 0],
  ])('turns %s into %s', (json, text, replaced) => {
    expect(sanitizeJson(json)).toEqual({ text, replaced });
  });

  test('says what JSON.parse would give with each text sanitized, for any document', () => {
    fc.assert(
      fc.property(fc.array(anyText), (texts) => {
        const plain = JSON.stringify(texts);
        const escaped = plain.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
        for (const json of [plain, escaped]) expect(JSON.parse(sanitizeJson(json).text)).toEqual(texts.map(modelOf));
      }),
      { numRuns: 1000 },
    );
  });
});
