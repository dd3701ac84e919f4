import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesGlob, matchesPath } from './glob.ts';

describe(matchesGlob, () => {
  test.each([
    ['stg_orders', 'stg_*', true],
    ['stg_orders', 'stg', false],
    ['a/b.sql', 'a*', true],
    ['a.b', 'a?b', true],
    ['a1', 'a[0-9]', true],
    ['a1', 'a[!0-9]', false],
    ['a[', 'a[', true],
    ['a+b', 'a+b', true],
  ])('%s matches %s: %s', (text, pattern, matches) => {
    expect(matchesGlob(text, pattern)).toBe(matches);
  });

  test('never fails, and a text without magic matches itself', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, pattern) => {
        expect(typeof matchesGlob(text, pattern)).toBe('boolean');
      }),
    );
    fc.assert(fc.property(fc.stringMatching(/^[a-z./+$^{}|()-]*$/u), (text) => matchesGlob(text, text)));
  });
});

describe(matchesPath, () => {
  test('a star stays within a folder, two cross them', () => {
    expect(matchesPath('models/a/b.sql', 'models/*')).toBe(false);
    expect(matchesPath('models/a/b.sql', 'models/**')).toBe(true);
    expect(matchesPath('models/a/b.sql', 'models/*/b.sql')).toBe(true);
    expect(matchesPath('models/b.sql', 'models/**/b.sql')).toBe(true);
  });
});
