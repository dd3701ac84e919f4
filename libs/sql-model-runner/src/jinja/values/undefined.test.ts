import { describe, expect, test } from 'vitest';
import { compileTemplate, type UndefinedBehaviour } from '../index.ts';
import { failureOf, outcomeOf, scopeOf } from '../testing/render.ts';

const outcome = (text: string, behaviour: UndefinedBehaviour): string => {
  const { output, error } = outcomeOf(text, scopeOf({ d: { a: 1 } }, behaviour));
  return output ?? `!${error}`;
};

describe('a name that does not exist', () => {
  test.each([
    ['{{ x }}', '', '', '!UndefinedError'],
    ['{{ x.a }}', '!UndefinedError', '', '!UndefinedError'],
    ["{{ x['a'] }}", '!UndefinedError', '', '!UndefinedError'],
    ['{{ x() }}', '!UndefinedError', '', '!UndefinedError'],
    ['{{ x.a.b(1).c[0] }}', '!UndefinedError', '', '!UndefinedError'],
    ['{% for i in x %}a{% else %}empty{% endfor %}', 'empty', 'empty', '!UndefinedError'],
    ['{% for i in x.columns() %}a{% endfor %}', '!UndefinedError', '', '!UndefinedError'],
    ['{% if x %}a{% else %}b{% endif %}', 'b', 'b', '!UndefinedError'],
    ['{{ x ~ "a" }}', 'a', 'a', '!UndefinedError'],
    ['{{ x + 1 }}', '!UndefinedError', '!UndefinedError', '!UndefinedError'],
    ['{{ x == y }}', 'True', 'True', '!UndefinedError'],
    ['{{ x is defined }}{{ x is undefined }}', 'FalseTrue', 'FalseTrue', 'FalseTrue'],
    ["{{ x | default('d') }}", 'd', 'd', 'd'],
    ['{{ d.b }}', '', '', '!UndefinedError'],
    ['{{ d.b.c }}', '!UndefinedError', '', '!UndefinedError'],
    ["{{ d.get('b') }}", 'None', 'None', 'None'],
    ['{% call x.statement("main") %}sql{% endcall %}', '!UndefinedError', '', '!UndefinedError'],
    ['{% macro m(a) %}{{ a.b }}{% endmacro %}{{ m() }}', '!UndefinedError', '', '!UndefinedError'],
    ["{{ 'y' if x.y else 'n' }}", '!UndefinedError', 'n', '!UndefinedError'],
  ])('%s', (text, ...expected) => {
    expect((['default', 'chainable', 'strict'] as const).map((behaviour) => outcome(text, behaviour))).toEqual(
      expected,
    );
  });

  test('is named by the error, with a parameter told from a variable', () => {
    const reason = (text: string): string =>
      failureOf(() => compileTemplate(text, { file: 'a.sql' }).renderSync(scopeOf({}, 'strict'))).reason;
    expect(reason('{{ x }}')).toBe("'x' is undefined");
    expect(reason('{% macro m(a) %}{{ a }}{% endmacro %}{{ m() }}')).toBe("parameter 'a' was not provided");
    expect(reason('{{ [1][5] }}')).toBe('list object has no element 5');
    expect(reason('{{ 1 if false }}')).toBe(
      'the inline if-expression evaluated to false and no else section was defined.',
    );
  });
});
