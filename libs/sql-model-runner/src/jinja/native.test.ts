import { describe, expect, test } from 'vitest';
import { literalEval, PyDict, PyFloat, PySet, PyTuple, renderNative, toPython, type Value } from './index.ts';
import { scopeOf } from './testing/render.ts';

const native = (text: string, names: Readonly<Record<string, unknown>> = {}): Value =>
  renderNative(text, scopeOf(names), { file: 'schema.yml' });

describe(renderNative, () => {
  test.each<[string, Value]>([
    ['{{ 1 }}', 1],
    ['{{ n }}', 42],
    ["{{ '1' }}", 1],
    ['{{ [1, "a"] }}', [1, 'a']],
    ['{{ d }}', toPython({ a: 1 })],
    ['{{ none }}', null],
    ['{{ yes and n > 1 }}', true],
    ['a{{ n }}', 'a42'],
    ['{{ n }}{{ n }}', 4242],
    ['[{{ n }}, {{ n }}]', [42, 42]],
    ['plain', 'plain'],
    ['1.0', new PyFloat(1)],
    ['', null],
    ['{% if yes %}{{ n }}{% endif %}', 42],
    ['{% for i in [1] %}{{ i }}{% endfor %}', 1],
    ['{% set x %}1{% endset %}{{ x }}', 1],
    [' {{ n }} ', ' 42 '],
  ])('%s', (text, expected) => {
    expect(native(text, { n: 42, yes: true, d: { a: 1 } })).toEqual(expected);
  });

  test('lets the host join the parts', () => {
    const parts = (text: string): Value => renderNative(text, scopeOf({ n: 1 }), { file: 'x.yml' }, (all) => [...all]);
    expect(parts('a{{ n }}{{ [n] }}')).toEqual(['a', 1, [1]]);
    expect(parts('plain')).toEqual(['plain']);
  });
});

describe(literalEval, () => {
  test.each<[string, Value | undefined]>([
    ['1', 1],
    ['-1', -1],
    ['1_000', 1000],
    ['0x1f', 31],
    ['1.5e3', new PyFloat(1500)],
    ['.5', 0.5],
    ['\'a\' "b"', 'ab'],
    [String.raw`'\n'`, '\n'],
    [String.raw`r'\n'`, String.raw`\n`],
    ["'''a\nb'''", 'a\nb'],
    ['True', true],
    ['None', null],
    ['[1, [2], (3,), ()]', [1, [2], new PyTuple([3]), new PyTuple([])]],
    ['(1)', 1],
    ['1, 2', new PyTuple([1, 2])],
    [
      "{'a': 1, 2: [3],}",
      new PyDict([
        ['a', 1],
        [2, [3]],
      ]),
    ],
    ['{1, 2}', new PySet([1, 2])],
    ['{}', new PyDict()],
    ['01', undefined],
    ['true', undefined],
    ['name', undefined],
    ['f(1)', undefined],
    ['1 + 2', undefined],
    ['[1', undefined],
    ["'a", undefined],
    ['{[1]: 2}', undefined],
    ['', undefined],
    ['1 2', undefined],
    ['2024-01-01', undefined],
    ['1.2.3', undefined],
    ['['.repeat(5000), undefined],
  ])('%s', (text, expected) => {
    expect(literalEval(text)).toEqual(expected);
  });
});
