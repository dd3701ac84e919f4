import { describe, expect, test } from 'vitest';
import {
  callValue,
  callValueSync,
  compileTemplate,
  hostFunction,
  NO_ARGUMENTS,
  returnFunction,
  toPython,
  toText,
  type Scope,
  type Value,
} from './index.ts';
import { failureOf, renderText, scopeOf } from './testing/render.ts';

const later = hostFunction('later', async ({ positional }) => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return positional[0];
});
const args = (...positional: Value[]) => ({ positional, keyword: new Map<string, Value>() });

describe('rendering', () => {
  test('asks the scope for every name that the template does not define', () => {
    const asked: string[] = [];
    const scope: Scope = {
      get: (name) => (
        asked.push(name),
        name === 'ref' ? hostFunction('ref', ({ positional }) => `<${toText(positional[0] ?? null)}>`) : undefined
      ),
    };
    const text = `{% set own = 1 %}{{ ref('a') }}{{ own }}{{ unknown is defined }}`;
    expect(compileTemplate(text, { file: 'a.sql' }).renderSync(scope)).toBe('<a>1False');
    expect(asked).toEqual(['ref', 'unknown']);
  });

  test('serves many scopes with one compiled template', () => {
    const template = compileTemplate('{{ x }}', { file: 'a.sql' });
    expect([1, 'a', null].map((x) => template.renderSync(scopeOf({ x })))).toEqual(['1', 'a', 'None']);
  });

  test('treats all line endings alike and drops one at the very end', () => {
    expect(renderText('a\r\nb\rc\n')).toBe('a\nb\nc');
    expect(renderText('a\n\n')).toBe('a\n');
  });

  test.each([
    '{% for i in later([1, 2]) %}{{ later(i) }}{{ loop.index }}{% endfor %}',
    '{% macro m(a, b=later(2)) %}{{ a }}{{ later(b) }}{% endmacro %}{{ m(later(1)) }}{{ m(1, 3) }}',
    '{% macro m() %}[{{ caller(later(1)) }}]{% endmacro %}{% call(x) m() %}{{ later(x) }}{% endcall %}',
    '{% set x = later({"a": [1]}) %}{{ x.a[0] }}{{ later("b").upper() }}{{ later(3) + later(4) }}{{ later(1) < later(2) < later(3) }}',
    '{% set x %}{{ later(1) }}{% endset %}{{ x }}{% if later(0) or later("y") %}{{ later(1) if later(true) else later(2) }}{% endif %}',
    '{% for n in [1, [2, [3]]] recursive %}{% if n is number %}{{ later(n) }}{% else %}({{ loop(n) }}){% endif %}{% endfor %}',
    '{% filter upper %}{{ later("a") }}{% endfilter %}{% do later(1) %}{% with a = later(1) %}{{ a }}{% endwith %}{{ dict(a=later(1), **later({"b": 2})) }}',
    '{% macro f(n) %}{{ return(later(n)) }}{% endmacro %}{{ f([1]) + f([2]) }}{% for x in later([3]) if later(x) %}{{ x }}{% else %}{{ later(1) }}{% endfor %}',
  ])('gives the same text whether the host answers at once or later: %s', async (text) => {
    const now = hostFunction('later', ({ positional }) => positional[0]);
    const template = compileTemplate(text, { file: 'a.sql' });
    const sync = template.renderSync(
      new Map<string, Value>([
        ['later', now],
        ['return', returnFunction],
      ]),
    );
    expect(
      await template.render(
        new Map<string, Value>([
          ['later', later],
          ['return', returnFunction],
        ]),
      ),
    ).toBe(sync);
  });

  test('renders many templates at the same time', async () => {
    const template = compileTemplate('{% for i in range(20) %}{{ later(i) }}{{ name }} {% endfor %}', {
      file: 'a.sql',
    });
    const scopes = ['a', 'b', 'c'].map(
      (name) =>
        new Map<string, Value>([
          ['later', later],
          ['name', name],
        ]),
    );
    const texts = await Promise.all(scopes.map((scope) => template.render(scope)));
    expect(texts.map((text) => text.slice(0, 9))).toEqual(['0a 1a 2a ', '0b 1b 2b ', '0c 1c 2c ']);
  });
});

describe('macros', () => {
  const library = compileTemplate(
    `{% set prefix = 'p_' %}
{% macro named(a, b='x') %}{% endmacro %}` +
      `{% macro _private(x) %}{{ prefix }}{{ x }}{% endmacro %}
{% macro list(x) %}{{ return([x, _private(x)]) }}{% endmacro %}
{% macro wait(x) %}{{ later(x) }}{% endmacro %}`,
    { file: 'macros/library.sql', firstLine: 10 },
  );

  test('are listed with place, parameters and source', () => {
    expect(library.definitions.map(({ name, line, column, tag }) => ({ name, line, column, tag }))).toEqual([
      { name: 'named', line: 11, column: 1, tag: 'macro' },
      { name: '_private', line: 11, column: 42, tag: 'macro' },
      { name: 'list', line: 12, column: 1, tag: 'macro' },
      { name: 'wait', line: 13, column: 1, tag: 'macro' },
    ]);
    expect(library.definitions[0]?.parameters).toEqual([
      { name: 'a', hasDefault: false, annotation: null },
      { name: 'b', hasDefault: true, annotation: null },
    ]);
    expect(library.definitions[1]).toMatchObject({
      source: '{% macro _private(x) %}{{ prefix }}{{ x }}{% endmacro %}',
      bodySource: '{{ prefix }}{{ x }}',
    });
  });

  test('can be called by the host in both modes, with the variables of their file', async () => {
    const scope = new Map<string, Value>([
      ['return', returnFunction],
      ['later', later],
    ]);
    const macros = library.macros(scope);
    const [listMacro, wait] = [macros.get('list') ?? null, macros.get('wait') ?? null];
    expect(callValueSync(listMacro, args('a'))).toEqual(['a', 'p_a']);
    expect(await callValue(listMacro, args('b'))).toEqual(['b', 'p_b']);
    expect(await callValue(wait, args('c'))).toBe('c');
    expect(failureOf(() => callValueSync(wait, args('c'))).reason).toBe(
      '"later" has to wait for its answer, which is not possible in a synchronous rendering',
    );
  });

  test('can be handed to the host and called by it', async () => {
    const apply = hostFunction('apply', ({ positional: [macro = null, value = null] }) =>
      callValue(macro, args(value)),
    );
    const template = compileTemplate('{% macro m(x) %}<{{ x }}>{% endmacro %}{{ apply(m, 1) }}', { file: 'a.sql' });
    const scope = new Map<string, Value>([['apply', apply]]);
    expect(template.renderSync(scope)).toBe('<1>');
    expect(await template.render(scope)).toBe('<1>');
  });

  test('of one file are visible to another through the scope', () => {
    const scope = new Map<string, Value>([['return', returnFunction]]);
    for (const [name, macro] of library.macros(scope)) scope.set(name, macro);
    expect(compileTemplate("{{ list('q') | join('+') }}{{ _private(1) }}", { file: 'a.sql' }).renderSync(scope)).toBe(
      'q+p_qp_1',
    );
  });

  test('are looked up in the scope first where the host says so', () => {
    const text = '{% macro greet() %}own{% endmacro %}{% macro all() %}{{ greet() }}{% endmacro %}{{ all() }}';
    const other = compileTemplate('{% macro greet() %}other{% endmacro %}', { file: 'b.sql' });
    const scope = new Map<string, Value>(other.macros(new Map()));
    expect(compileTemplate(text, { file: 'a.sql' }).renderSync(scope)).toBe('own');
    expect(compileTemplate(text, { file: 'a.sql', macroLookup: 'scope' }).renderSync(scope)).toBe('other');
    expect(compileTemplate(text, { file: 'a.sql', macroLookup: 'scope' }).renderSync(new Map())).toBe('own');
  });

  test('take typed parameters, of which the type is kept', () => {
    const template = compileTemplate(
      '{% macro m(a: Dict[str, str], b: list[int] = [1], c="x") %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }}',
      { file: 'a.sql' },
    );
    expect(template.definitions[0]?.parameters.map((parameter) => parameter.annotation)).toEqual([
      'Dict[str, str]',
      'list[int]',
      null,
    ]);
    expect(template.renderSync(new Map())).toBe('1[1]x');
  });
});

describe('return()', () => {
  const scope = (): Map<string, Value> => new Map<string, Value>([['return', returnFunction]]);

  test.each([
    ['{% macro m() %}a{{ return({"k": (1, 2.0)}) }}b{% endmacro %}{{ m().k }}', '(1, 2.0)'],
    [
      '{% macro m() %}{% for i in [1, 2, 3] %}{% if i == 2 %}{% do return(i) %}{% endif %}{% endfor %}{% endmacro %}{{ m() + 1 }}',
      '3',
    ],
    ['{% macro m() %}{% set x %}{{ return(none) }}{% endset %}{% endmacro %}{{ m() is none }}', 'True'],
    ['{% macro m() %}{% do return() %}{% endmacro %}{{ m() }}', 'None'],
    [
      '{% macro inner() %}{{ return(1) }}{% endmacro %}{% macro outer() %}{{ inner() + 1 }}!{% endmacro %}{{ outer() }}',
      '2!',
    ],
    [
      '{% macro run() %}{{ caller() }}never{% endmacro %}{% macro m() %}{% call run() %}{{ return("from the caller") }}{% endcall %}, after{% endmacro %}{{ m() }}',
      'from the caller, after',
    ],
  ])('ends the macro and carries any value: %s', async (text, expected) => {
    expect(compileTemplate(text, { file: 'a.sql' }).renderSync(scope())).toBe(expected);
    expect(await compileTemplate(text, { file: 'a.sql' }).render(scope())).toBe(expected);
  });

  test('is an error outside of a macro', () => {
    expect(failureOf(() => compileTemplate('{{ return(1) }}', { file: 'a.sql' }).renderSync(scope())).reason).toBe(
      'return() is called outside of a macro',
    );
  });
});

describe('blocks of the host', () => {
  const blockTags = { test: 'macro', materialization: 'options', snapshot: 'name', docs: 'raw' } as const;
  const text = `{% test unique(model, column_name) %}select {{ column_name }} from {{ model }}{% endtest %}
{% materialization view, adapter='postgres', supported_languages=['sql', 'python'] -%}{{ return({'relations': [this]}) }}{%- endmaterialization %}
{% materialization table, default %}{% endmaterialization %}
{% snapshot orders_snapshot %}select * from {{ this }}{% endsnapshot %}
{% docs orders %}  # {{ not a template }} {% if %} 'it  {% enddocs %}text`;
  const template = compileTemplate(text, { file: 'a.sql', blockTags });

  test('are definitions with name, options and body; they print nothing', () => {
    expect(template.definitions.map(({ tag, name, options }) => [tag, name, Object.fromEntries(options)])).toEqual([
      ['test', 'unique', {}],
      ['materialization', 'view', { adapter: 'postgres', supported_languages: ['sql', 'python'] }],
      ['materialization', 'table', { default: true }],
      ['snapshot', 'orders_snapshot', {}],
      ['docs', 'orders', {}],
    ]);
    expect(template.definitions[4]?.bodySource).toBe("  # {{ not a template }} {% if %} 'it  ");
    expect(template.renderSync(new Map())).toBe('\n\n\n\ntext');
  });

  test('are called as macros', () => {
    const scope = new Map<string, Value>([
      ['return', returnFunction],
      ['this', 't'],
    ]);
    const call = (index: number, ...values: Value[]): Value => {
      const definition = template.definitions[index];
      return definition === undefined ? null : template.bind(definition, scope).callSync(args(...values));
    };
    expect(call(0, 'm', 'c')).toBe('select c from m');
    expect(call(1)).toEqual(toPython({ relations: ['t'] }));
    expect(call(3)).toBe('select * from t');
    expect(template.macros(scope).size).toBe(0);
  });

  test('are unknown tags where the host does not name them', () => {
    expect(failureOf(() => compileTemplate('{% snapshot x %}{% endsnapshot %}', { file: 'a.sql' })).message).toBe(
      'a.sql:1:4: unknown tag "snapshot"',
    );
  });
});

test('a macro is bound lazily: its file’s top level runs at the first call', () => {
  let runs = 0;
  const scope = new Map<string, Value>([['count', hostFunction('count', () => ++runs)]]);
  const macros = compileTemplate('{% set x = count() %}{% macro m() %}{{ x }}{% endmacro %}', { file: 'a.sql' }).macros(
    scope,
  );
  expect(runs).toBe(0);
  expect([1, 2].map(() => macros.get('m')?.callSync(NO_ARGUMENTS))).toEqual(['1', '1']);
  expect(runs).toBe(1);
});
