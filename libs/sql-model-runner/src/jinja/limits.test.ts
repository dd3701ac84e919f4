import { describe, expect, test } from 'vitest';
import { compileTemplate, hostFunction, iterate, toPython, type Limits, type Scope, type Value } from './index.ts';
import { failureOf, outcomeOf } from './testing/render.ts';

const scope = (limits: Partial<Limits> = {}): Scope => Object.assign(new Map<string, Value>(), { limits });

describe('a runaway template ends with an error', () => {
  test('within the default limits', () => {
    const text = '{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}';
    expect(failureOf(() => compileTemplate(text, { file: 'a.sql' }).renderSync(new Map())).type).toBe('RuntimeError');
  });

  test.each([
    ['{{ range(10 ** 12) }}', 'OverflowError'],
    ['{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}', 'RuntimeError'],
    ['{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}', 'RecursionError'],
    [
      '{% macro a(n) %}{{ b(n) }}{% endmacro %}{% macro b(n) %}{{ a(n + 1) }}{% endmacro %}{{ a(0) }}',
      'RecursionError',
    ],
    ['{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(40) }}', 'RuntimeError'],
    ['{% set l = [1] %}{% for i in l %}{% do l.append(i) %}{% endfor %}', 'RuntimeError'],
    ["{{ 'a' * 10 ** 12 }}", 'MemoryError'],
    ['{{ [0] * 10 ** 12 }}', 'MemoryError'],
    ['{{ 10 ** (10 ** 10) }}', 'OverflowError'],
    ['{{ 2 ** 20000 }}', 'ValueError'],
    ["{{ '%1000000000d' % 1 }}", 'MemoryError'],
    ["{{ '%.1000000000f' % 1 }}", 'ValueError'],
    ["{{ '{:1000000000}'.format(1) }}", 'MemoryError'],
    ["{{ 'a'.center(10 ** 10) }}", 'MemoryError'],
    ["{{ 'a' | indent(10 ** 10, true) }}", 'MemoryError'],
    ["{{ 'aaaa' | replace('a', 'b' * 10000000) }}", 'MemoryError'],
    [
      "{% set ns = namespace(x='ab') %}{% for i in range(100) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
      'MemoryError',
    ],
    ['{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}', 'MemoryError'],
    ['{% set ns = namespace(x=3) %}{% for i in range(100) %}{% set ns.x = ns.x * ns.x %}{% endfor %}', 'OverflowError'],
    [
      '{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}',
      'RuntimeError',
    ],
    [
      '{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}',
      'RuntimeError',
    ],
    [
      '{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}',
      'RuntimeError',
    ],
    [
      '{% set ns = namespace(x=(1,)) %}{% for i in range(60) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} }}',
      'RuntimeError',
    ],
    [
      '{% set ns = namespace(x=[]) %}{% for i in range(90000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}',
      'RecursionError',
    ],
    ["{% for i in range(100000) %}{% set x = ('<' * 1000000) | striptags %}{% endfor %}", 'RuntimeError'],
    ['{% for i in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}', 'RecursionError'],
  ])('%s', (text, type) => {
    const start = performance.now();
    const error = failureOf(() =>
      compileTemplate(text, { file: 'a.sql' }).renderSync(
        scope({ work: type === 'RuntimeError' ? 300_000 : 5_000_000 }),
      ),
    );
    expect(error.type).toBe(type);
    expect(error.line).toBe(1);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test.each(['('.repeat(5000) + ')'.repeat(5000), '['.repeat(5000), 'not '.repeat(5000), '-'.repeat(5000)])(
    'nested without end: %.12s…',
    (text) => {
      expect(failureOf(() => compileTemplate(`{{ ${text}1 }}`, { file: 'a.sql' })).message).toMatch(
        /nested too deeply|expected "\]"|expected an expression/,
      );
    },
  );

  test('blocks nested without end', () => {
    expect(failureOf(() => compileTemplate('{% if x %}'.repeat(5000), { file: 'a.sql' })).reason).toBe(
      'nested too deeply: more than 200 levels',
    );
  });

  test.each([`x${'.a'.repeat(50_000)}`, `1${' + 1'.repeat(50_000)}`, `'a'${' | upper'.repeat(50_000)}`])(
    'a chain without end: %.12s…',
    (text) => {
      const { error = 'RecursionError' } = outcomeOf(`{{ ${text} }}`, new Map());
      expect(['RecursionError', 'TemplateSyntaxError', 'UndefinedError']).toContain(error);
    },
  );

  test('the limits are the scope’s', () => {
    expect(
      failureOf(() =>
        compileTemplate('{% for i in range(100) %}{% endfor %}', { file: 'a.sql' }).renderSync(scope({ work: 50 })),
      ).type,
    ).toBe('RuntimeError');
    const recursive = compileTemplate('{% macro m(n) %}{% if n %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(8) }}', {
      file: 'a.sql',
    });
    expect(failureOf(() => recursive.renderSync(scope({ callDepth: 5 }))).type).toBe('RecursionError');
    expect(recursive.renderSync(scope({ callDepth: 10 }))).toBe('');
  });

  test('each rendering has its own allowance, and waiting costs nothing', async () => {
    const limits = { work: 900 };
    const wait = hostFunction('wait', async () => {
      for (let i = 0; i < 1000; i++) toPython({ a: i });
      return await Promise.resolve('');
    });
    const own = Object.assign(new Map<string, Value>([['wait', wait]]), { limits });
    const template = compileTemplate('{% for i in range(100) %}{{ wait() }}{% endfor %}', { file: 'a.sql' });
    for (let i = 0; i < 5; i++) expect(await template.render(own)).toBe('');
  });

  test('what the host does with values between renderings is not counted', () => {
    const long = 'x'.repeat(1_000_000);
    for (let i = 0; i < 20; i++) expect(iterate(long)).toBe(long);
  });
});
