import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffLines } from './diff-lines.ts';

describe(diffLines, () => {
  test('is empty for equal texts', () => {
    expect(diffLines('a\nb\n', 'a\nb\n')).toBe('');
  });

  test('shows what differs with two lines around it', () => {
    const expected = ['1', '2', '3', '4', '5', '6', '7', '8', '9'].join('\n');
    const actual = ['1', '2', '3', 'four', '5', '6', '7', '8', '9', '10'].join('\n');
    expect(diffLines(expected, actual)).toBe(
      ['  2', '  3', '- 4', '+ four', '  5', '  6', '…', '  8', '  9', '+ 10'].join('\n'),
    );
  });

  test('applied to the expected text gives the actual one', () => {
    const line = fc.constantFrom('a', 'b', 'c', 'd');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.array(line, { maxLength: 12 }), (left, right) => {
        const diff = diffLines(left.join('\n'), right.join('\n')).split('\n');
        const removed = diff.filter((text) => text.startsWith('-')).length;
        const added = diff.filter((text) => text.startsWith('+')).length;
        const lengthOf = (lines: readonly string[]): number => lines.join('\n').split('\n').length;
        expect(lengthOf(left) - removed + added).toBe(lengthOf(right));
      }),
      { seed: 1 },
    );
  });
});
