import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LineGroup, MalformedReason } from './line-group.ts';
import { LineReader, type LineLimits } from './line-reader.ts';
import { isNestedDeeper } from './nesting.ts';

const LIMITS: LineLimits = { afterLine: 0, maxLineBytes: 4096, maxGroupBytes: 1_000_000, maxGroupLines: 1000 };

/** Pushes bytes in pieces of a size. */
function read(content: Uint8Array | string, limits: Partial<LineLimits> = {}, pieceBytes = 7): LineGroup[] {
  const reader = new LineReader({ ...LIMITS, ...limits });
  const bytes = Buffer.from(content);
  const groups: LineGroup[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    groups.push(...reader.push(bytes.subarray(at, at + pieceBytes)));
  groups.push(...reader.end());
  return groups;
}

/** The lines by number: a value, or why it is malformed. */
function outcomes(groups: readonly LineGroup[]): Record<number, unknown> {
  return Object.fromEntries(
    groups.flatMap(({ lines, malformed }) => [
      ...lines.map(({ line, value }) => [line, value]),
      ...malformed.map(({ line, reason }) => [line, reason]),
    ]),
  );
}

describe(LineReader, () => {
  test('takes CRLF, a byte order mark, empty lines and a missing break at the end', () => {
    const text = '\ufeff{"a":1}\r\n\n  \t\n{"b":"ä"}\r\n{"c":3}';
    expect(outcomes(read(text))).toEqual({ 1: { a: 1 }, 4: { b: 'ä' }, 5: { c: 3 } });
    expect(outcomes(read(text, {}, 1))).toEqual({ 1: { a: 1 }, 4: { b: 'ä' }, 5: { c: 3 } });
    expect(read('')).toEqual([]);
    expect(read('\n')).toEqual([{ firstLine: 1, lastLine: 1, lines: [], malformed: [], bytes: 1 }]);
  });

  test('says where lines are malformed and why, and goes on', () => {
    const content = Buffer.concat([
      Buffer.from('{"a":1}\n{"a":\n[1]\n7\nnull\nNaN\n{"a":1}{"b":2}\n{"a":"\u0000"}\n'),
      Buffer.from([0xc3, 0x28, 10]),
      Buffer.from(`{"long":"${'x'.repeat(5000)}"}\n`),
      Buffer.from(`{"deep":${'['.repeat(1500)}${']'.repeat(1500)}}\n\ufeff{"a":1}\n{"last":true}\n`),
    ]);
    const expected: Record<number, unknown> = {
      1: { a: 1 },
      2: 'invalid_json',
      3: 'not_an_object',
      4: 'not_an_object',
      5: 'not_an_object',
      6: 'invalid_json',
      7: 'invalid_json',
      8: 'invalid_json',
      9: 'invalid_utf8',
      10: 'too_long',
      11: 'too_deep',
      12: 'invalid_json',
      13: { last: true },
    };
    for (const pieceBytes of [1, 7, 64, 100_000]) expect(outcomes(read(content, {}, pieceBytes))).toEqual(expected);
  });

  test('counts the bytes of a line without its break', () => {
    const line = `{"a":"${'ä'.repeat(10)}"}`;
    const maxLineBytes = Buffer.byteLength(line);
    for (const pieceBytes of [1, 5, 100]) {
      expect(outcomes(read(`${line}\r\n${line}\n${line}`, { maxLineBytes }, pieceBytes))).toEqual({
        1: JSON.parse(line),
        2: JSON.parse(line),
        3: JSON.parse(line),
      });
      const shorter = { maxLineBytes: maxLineBytes - 1 };
      expect(outcomes(read(`${line}\r\n${line}\n${line}`, shorter, pieceBytes))).toEqual({
        1: 'too_long',
        2: 'too_long',
        3: 'too_long',
      });
    }
  });

  test('keeps the digits of integers and makes __proto__ an ordinary property', () => {
    const [group] = read('{"n":9007199254740993,"__proto__":{"x":1},"constructor":1}\n');
    const value = group?.lines[0]?.value as Record<string, unknown>;
    expect(value['n']).toBe('9007199254740993');
    expect(Object.keys(value)).toEqual(['n', '__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test('never rounds an integer, wherever in a block it stands', () => {
    const integers = fc.array(fc.tuple(fc.bigInt(-(10n ** 22n), 10n ** 22n), fc.string({ maxLength: 9 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(integers, (cases) => {
        const text = cases.map(([integer, noise]) => `{${JSON.stringify(noise)}:0,"n":${integer}}\n`).join('');
        const seen = read(text, {}, 10_000).flatMap(({ lines }) => lines.map(({ value }) => value as { n: unknown }));
        expect(seen.map(({ n }) => BigInt(n as string))).toEqual(cases.map(([integer]) => integer));
      }),
    );
    expect(outcomes(read('{"a":1e400,"b":-2.E+999}\n{"a":1e400}\n{"a":12.5E999}'))).toEqual({
      1: 'invalid_json',
      2: { a: '1e400' },
      3: { a: '12.5E999' },
    });
  });

  test('gives groups that are bounded by bytes and lines', () => {
    const text = '{"a":1}\n'.repeat(100);
    expect(read(text, { maxGroupLines: 30 }).map(({ lastLine }) => lastLine)).toEqual([30, 60, 90, 100]);
    expect(read(text, { maxGroupBytes: 80 }).map(({ bytes }) => bytes)).toEqual(Array.from({ length: 10 }, () => 80));
    expect(read('x\n'.repeat(10), { maxGroupLines: 4 }).map(({ malformed }) => malformed.length)).toEqual([4, 4, 2]);
  });

  test('holds no more than a line of what never ends', () => {
    const reader = new LineReader(LIMITS);
    const zeros = Buffer.alloc(1024 * 1024);
    const before = process.memoryUsage.rss();
    for (let mib = 0; mib < 512; mib++) expect([...reader.push(zeros)]).toEqual([]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
    expect([...reader.end()]).toMatchObject([{ malformed: [{ line: 1, reason: 'too_long' }] }]);
  });

  /** Lines of every kind, and what each one is. */
  const line: fc.Arbitrary<{ bytes: Buffer; outcome: MalformedReason | null | object }> = fc.oneof(
    fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 })).map((value) => {
      const text = JSON.stringify(value);
      const bytes = Buffer.from(text);
      return { bytes, outcome: bytes.length > 60 ? ('too_long' as const) : (JSON.parse(text) as object) };
    }),
    fc.constantFrom('', ' ', '\t ').map((text) => ({ bytes: Buffer.from(text), outcome: null })),
    fc.constantFrom('{', '[}', 'é').map((text) => ({ bytes: Buffer.from(text), outcome: 'invalid_json' as const })),
    fc.constantFrom('1', '"x"', '[]').map((text) => ({ bytes: Buffer.from(text), outcome: 'not_an_object' as const })),
    fc.constant({ bytes: Buffer.from([0x7b, 0xff]), outcome: 'invalid_utf8' as const }),
    fc.constant({ bytes: Buffer.alloc(70, 'y'), outcome: 'too_long' as const }),
  );

  test('finds the same lines however bytes are cut, and continues after any line', () => {
    const cases = fc.record({
      lines: fc.array(fc.record({ line, crlf: fc.boolean() }), { maxLength: 12 }),
      lastBreak: fc.boolean(),
      pieceBytes: fc.integer({ min: 1, max: 40 }),
      afterLine: fc.nat(13),
      maxGroupLines: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(cases, ({ lines, lastBreak, pieceBytes, afterLine, maxGroupLines }) => {
        const content = Buffer.concat(
          lines.flatMap((each, place) => [
            each.line.bytes,
            Buffer.from(place === lines.length - 1 && !lastBreak ? '' : each.crlf ? '\r\n' : '\n'),
          ]),
        );
        const expected: Record<number, unknown> = {};
        lines.forEach((each, place) => {
          if (each.line.outcome !== null && place + 1 > afterLine) expected[place + 1] = each.line.outcome;
        });
        const groups = read(content, { maxLineBytes: 60, afterLine, maxGroupLines }, pieceBytes);
        expect(outcomes(groups)).toEqual(expected);
        let next = afterLine + 1;
        for (const group of groups) {
          expect(group.firstLine).toBe(next);
          expect(group.lastLine - group.firstLine).toBeLessThan(maxGroupLines);
          next = group.lastLine + 1;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe(isNestedDeeper, () => {
  test('counts brackets outside of strings', () => {
    expect(isNestedDeeper('[[["[[[[\\"[["]]]', 3)).toBe(false);
    expect(isNestedDeeper('[[["[[[["]]]', 2)).toBe(true);
    expect(isNestedDeeper('[],'.repeat(1000), 1)).toBe(false);
    expect(isNestedDeeper(`{"a":{"b":{}}}`, 2)).toBe(true);
  });
});
