import { describe, expect, test } from 'vitest';
import {
  callValueSync,
  compileTemplate,
  hostFunction,
  type JinjaError,
  JinjaSyntaxError,
  NO_ARGUMENTS,
  type Value,
} from './index.ts';
import { failureOf, renderText } from './testing/render.ts';

const failure = (text: string, names: Readonly<Record<string, unknown>> = {}): JinjaError =>
  failureOf(() => renderText(text, names));

describe('an error in the grammar says where, and what was expected', () => {
  test.each([
    ['a\n {{ 1 + }}', 'test.sql:2:9: expected an expression, found the end of the expression, "}}"'],
    [
      '{% if x %}\n{% for i in y %}{% endif %}',
      'test.sql:2:20: unknown tag "endif" ("for" of line 2 waits for "else" or "endfor")',
    ],
    [
      '{% if x %}a',
      'test.sql:1:4: this "if" block is never closed: expected "{% elif %}" or "{% else %}" or "{% endif %}"',
    ],
    ['{% esle %}', 'test.sql:1:4: unknown tag "esle"'],
    [
      '{% if x %}{% esle %}{% endif %}',
      'test.sql:1:14: unknown tag "esle" ("if" of line 1 waits for "elif" or "else" or "endif"); did you mean \'else\'?',
    ],
    ["{{ 'abc }}", "test.sql:1:4: this string is never closed: expected '"],
    ['{{ (1, 2 }}', 'test.sql:1:10: unexpected "}", expected ")"'],
    ['{{ [1, 2', 'test.sql:1:4: "[" is never closed: expected "]"'],
    ['{{ 1', 'test.sql:1:1: this tag is never closed: expected "}}"'],
    ['{# open', 'test.sql:1:1: this comment is never closed: expected "#}"'],
    ['{% raw %}', 'test.sql:1:1: this raw block is never closed: expected "{% endraw %}"'],
    ['{{ a b }}', 'test.sql:1:6: expected the end of the expression, "}}", found "b"'],
    ['{{ f(a=1, 2) }}', 'test.sql:1:11: a positional argument may not follow a keyword argument'],
    ['{% set 1 = 2 %}', 'test.sql:1:8: expected a name, found an integer'],
    ['{% set none = 2 %}', 'test.sql:1:8: cannot assign to "none"'],
    ['{% break %}', 'test.sql:1:4: "break" outside of a loop'],
    ['{% include "x" %}', 'test.sql:1:4: "include" is not supported: templates here do not include or extend others'],
    ['{{ "\\x4" }}', 'test.sql:1:4: this string has an incomplete \\x, \\u or \\U escape'],
    ['{{ § }}', 'test.sql:1:4: unexpected character "§"'],
    ['{% macro m(a, a) %}{% endmacro %}', 'test.sql:1:15: parameter "a" is declared twice'],
    [
      '{% macro m(a=1, b) %}{% endmacro %}',
      'test.sql:1:17: parameter "b" needs a default, as the one before it has one',
    ],
  ])('%s', (text, message) => {
    const error = failure(text);
    expect(error).toBeInstanceOf(JinjaSyntaxError);
    expect(error.message).toBe(message);
  });

  test('counts lines from firstLine', () => {
    expect(failureOf(() => compileTemplate('\n{{', { file: 'schema.yml', firstLine: 41 })).line).toBe(42);
  });
});

describe('an error while rendering', () => {
  test('tells the place, the macro and the way there', () => {
    const text = `{% macro inner(x) %}
  {{ x.name }}{{ x.missing.deeper }}
{% endmacro %}
{% macro outer(x) %}{{ inner(x) }}{% endmacro %}
select {{ outer({'name': 1}) }}`;
    const error = failure(text);
    expect(error.message).toBe(
      `test.sql:2:28: 'dict object' has no attribute 'missing' (in macro "inner")
  called at test.sql:4:24 in macro "outer"
  called at test.sql:5:11`,
    );
    expect(error).toMatchObject({ type: 'UndefinedError', file: 'test.sql', line: 2, column: 28 });
    expect(error.frames.map((frame) => frame.macro)).toEqual(['inner', 'outer', null]);
  });

  test('passes from file to file', async () => {
    const scope = new Map<string, Value>();
    for (const [name, macro] of compileTemplate('\n{% macro m() %}{{ 1 / 0 }}{% endmacro %}', {
      file: 'macros/m.sql',
    }).macros(scope))
      scope.set(name, macro);
    const template = compileTemplate('{{ m() }}', { file: 'models/a.sql' });
    const message = 'macros/m.sql:2:21: division by zero (in macro "m")\n  called at models/a.sql:1:4';
    expect(failureOf(() => template.renderSync(scope)).message).toBe(message);
    await expect(template.render(scope)).rejects.toThrow(message);
  });

  test.each([
    ['{{ customer }}{{ custmer.id }}', "'custmer' is undefined; did you mean 'customer'?"],
    ['{{ customer.nmae.x }}', "'dict object' has no attribute 'nmae'; did you mean 'name'?"],
    ["{{ 'a' | uper }}", "No filter named 'uper' found; did you mean 'upper'?"],
    ["{{ 'a' is strng }}", "No test named 'strng' found; did you mean 'string'?"],
    ["{{ 'a'.replace(odl='x', new='y') }}", "replace() missing required argument: 'old'"],
    ["{{ 'a'.split(separator=',') }}", "split() got an unexpected keyword argument 'separator'"],
    [
      '{% macro m(column) %}{% endmacro %}{{ m(colum=1) }}',
      "macro 'm' takes no keyword argument 'colum'; did you mean 'column'?",
    ],
    [
      '{% macro m() %}{% endmacro %}{% call m() %}{% endcall %}',
      "macro 'm' cannot be used by a call block: it never calls caller()",
    ],
  ])('names the nearest known name: %s', (text, reason) => {
    expect(failure(text, { customer: { name: 'x' } }).reason).toBe(reason);
  });

  test('keeps the host’s error as its cause, and what that says of trying again', () => {
    class Refused extends Error {
      readonly retryability = 'transient';
    }
    const refused = new Refused('connection refused');
    const scope = new Map<string, Value>([
      [
        'run_query',
        hostFunction('run_query', () => {
          throw refused;
        }),
      ],
    ]);
    const error = failureOf(() => compileTemplate('a\n{{ run_query() }}', { file: 'a.sql' }).renderSync(scope));
    expect(error.message).toBe('a.sql:2:4: connection refused');
    expect(error.cause).toBe(refused);
    expect(error.retryability).toBe('transient');
    expect(failure('{{ 1 / 0 }}').retryability).toBe('terminal');
  });

  test('has no place while no template is running', () => {
    const error = failureOf(() => callValueSync('text', NO_ARGUMENTS));
    expect(error.message).toBe("'str' object is not callable");
    expect(error.frames).toEqual([]);
    expect(error.line).toBeUndefined();
  });
});
