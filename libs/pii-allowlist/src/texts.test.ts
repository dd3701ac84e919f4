import { describe, expect, test } from 'vitest';
import { boolean } from './boolean.ts';
import { ruleOf } from './field.ts';
import { enumeration, identifier, pattern, version } from './texts.ts';

const reason = 'a test';

describe(identifier, () => {
  const rule = ruleOf(identifier({ reason }))!;

  test.each(['d-00012345', '0', 'a.b:c_d-e', 'a'.repeat(128)])('takes %s', (raw) => {
    expect(rule.read(raw)).toBe(raw);
  });

  test.each(['', '-a', '.a', 'a b', 'a\n', 'a"', 'ü', 'a@b', 'a'.repeat(129), 5, ['a'], new String('a'), null])(
    'refuses %o',
    (raw) => {
      expect(rule.read(raw)).toBeUndefined();
    },
  );

  test('may be declared shorter, not longer', () => {
    expect(ruleOf(identifier({ maxLength: 3, reason }))!.read('abcd')).toBeUndefined();
    expect(() => identifier({ maxLength: 129, reason })).toThrow('a text has a length of 1 to 128, not 129');
  });
});

describe(version, () => {
  const rule = ruleOf(version({ reason }))!;

  test.each(['4.6.1', '4.6', '5.0.0-rc.1', '5.0.0-beta2', '4.6.1+3f2a'])('takes %s', (raw) => {
    expect(rule.read(raw)).toBe(raw);
  });

  test.each(['192.168.1.20', '4', '4.6.1-ann', '4.6.1 ', 'v4.6.1', '4.6.1\n', 4.6])('refuses %o', (raw) => {
    expect(rule.read(raw)).toBeUndefined();
  });
});

describe(enumeration, () => {
  const rule = ruleOf(enumeration({ values: ['AUTO', 'say "hi"'], reason }))!;

  test('takes the listed values letter by letter and writes them as JSON', () => {
    expect(rule.read('AUTO')).toBe('AUTO');
    expect(rule.write('say "hi"')).toBe(String.raw`"say \"hi\""`);
    expect([rule.read('auto'), rule.read('__proto__'), rule.read(0)]).toEqual([undefined, undefined, undefined]);
  });

  test('cannot be empty or repeat a value', () => {
    expect(() => enumeration({ values: [], reason })).toThrow('an enumeration lists at least one value and none twice');
    expect(() => enumeration({ values: ['a', 'a'], reason })).toThrow('none twice');
  });
});

describe(pattern, () => {
  const rule = ruleOf(pattern({ pattern: /rev\d{1,3}|v\d/, maxLength: 6, reason }))!;

  test('takes values that match as a whole and are short enough', () => {
    expect([rule.read('rev3'), rule.read('v2'), rule.read('rev3 x'), rule.read('xv2'), rule.read('rev1234')]).toEqual([
      'rev3',
      'v2',
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('keeps its meaning when the caller recompiles the expression', () => {
    const given = /rev\d/;
    const kept = ruleOf(pattern({ pattern: given, maxLength: 6, reason }))!;
    given.compile('.*');
    expect(kept.read('Ann')).toBeUndefined();
  });

  test.each([/.*/, /[\w.+-]+@[\w.-]+/, /[A-Za-z]+/, /\d+/, /[\d.]+/, /\+?[\d ]+/, /\p{L}+/u, /(?:rev\d)?/])(
    'refuses to be declared as %s, which takes free text',
    (given) => {
      expect(() => pattern({ pattern: given, maxLength: 40, reason })).toThrow('takes free text such as');
    },
  );

  test('refuses flags that keep state or widen the match', () => {
    expect(() => pattern({ pattern: /rev\d/g, maxLength: 6, reason })).toThrow('may have no flags besides u and v');
    expect(() => pattern({ pattern: /rev\d/im, maxLength: 6, reason })).toThrow('may have no flags besides u and v');
  });
});

describe(boolean, () => {
  test('takes true and false only', () => {
    const rule = ruleOf(boolean({ reason }))!;
    expect([true, false, 'true', 0, 1, null].map((raw) => rule.read(raw))).toEqual([
      true,
      false,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
