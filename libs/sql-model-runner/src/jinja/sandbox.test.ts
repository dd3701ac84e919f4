import { describe, expect, test } from 'vitest';
import { compileTemplate, hostFunction, hostObject, JinjaError, toHost, toPython, type Value } from './index.ts';
import { failureOf, outcomeOf, renderText, scopeOf } from './testing/render.ts';

const secret = { password: 'hunter2' };

function scope(): Map<string, Value> {
  return new Map<string, Value>([
    ['f', hostFunction('f', () => 1)],
    ['o', hostObject({ typeName: 'Thing', attributes: { shown: 'yes' }, call: () => 'called', host: secret })],
    ['d', toPython({ a: 1, list: [1] })],
  ]);
}

const EXPRESSIONS = [
  "''",
  '1',
  '1.5',
  'true',
  'none',
  '[]',
  '{}',
  '(1,)',
  'f',
  'o',
  'd',
  'range',
  'dict',
  'namespace()',
  'missing',
  "'a'.upper",
  '[].append',
  'm',
  'loop',
  'cycler(1)',
  'joiner()',
  'd.items()',
  "['a'] | map('upper')",
];
const NAMES = [
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  '__lookupGetter__',
  'call',
  'apply',
  'bind',
  'callSync',
  'definition',
  'host',
  'attributes',
  'toText',
  'typeName',
  'then',
  'caller',
  'arguments',
  'body',
  'signature',
  'iterate',
  'push',
  'concat',
  'map',
  'length',
];

describe('a template cannot reach JavaScript', () => {
  test.each(EXPRESSIONS)('through the properties of %s', (expression) => {
    const shown: string[] = [];
    for (const name of NAMES) {
      for (const access of [
        `(${expression}).${name}`,
        `(${expression})['${name}']`,
        `(${expression}) | attr('${name}')`,
      ]) {
        const text = `{% macro m() %}{% endmacro %}{% for i in [1] %}{% set v = ${access} %}{{ v is defined }}|{{ v }}{% endfor %}`;
        const { output } = outcomeOf(text, scope());
        if (output !== undefined && output !== 'False|') shown.push(name);
      }
    }
    // Attributes that Jinja itself gives to macros and loops.
    expect(shown.filter((name) => !['arguments', 'caller', 'length'].includes(name))).toEqual([]);
  });

  test.each([
    "{{ ''.constructor.constructor('return process')() }}",
    '{{ f.constructor("return 1")() }}',
    '{{ o.host.password }}',
    '{{ o["host"]["password"] }}',
    "{{ '{0.host}'.format(o) }}",
    "{{ [o] | map(attribute='host.password') | list | first + 1 }}",
  ])('%s', (text) => {
    expect(failureOf(() => compileTemplate(text, { file: 'a.sql' }).renderSync(scope())).type).toMatch(
      /UndefinedError|AttributeError/,
    );
  });

  test('a host object shows its named attributes only', () => {
    expect(
      compileTemplate('{{ o.shown }}{{ o["shown"] }}{{ o() }}{{ o }}', { file: 'a.sql' }).renderSync(scope()),
    ).toBe('yesyescalled<Thing object>');
  });

  test('keys such as __proto__ are keys and nothing else', () => {
    const text =
      "{% set d = {'__proto__': {'polluted': 1}, 'constructor': 2} %}{% do d.update({'__proto__': 5}) %}{{ d }}{{ {}.polluted is defined }}";
    expect(renderText(text)).toBe("{'__proto__': 5, 'constructor': 2}False");
    const host = toHost(toPython(JSON.parse('{"__proto__": {"polluted": 1}}'))) as Record<string, unknown>;
    expect(Object.getPrototypeOf(host)).toBeNull();
    expect(Object.keys(host)).toEqual(['__proto__']);
    expect('polluted' in {}).toBe(false);
  });

  test('no text, string or name of a template becomes code', () => {
    const hostile = [
      '`${1}`',
      "'; throw 1; '",
      '\\u0027',
      '*/ 1 /*',
      '\n//',
      '</script>',
      '\u2028',
      'K[0]',
      '${K}',
      '__proto__',
    ];
    for (const text of hostile) {
      expect(renderText(text)).toBe(text);
      expect(renderText(`{{ ${JSON.stringify(text)} }}`)).toBe(text.replaceAll('\\u0027', '\\u0027'));
      expect(renderText(`{{ {${JSON.stringify(text)}: 1}[${JSON.stringify(text)}] }}`)).toBe('1');
    }
    expect(
      renderText(
        '{% set eval = 1 %}{% set this = 2 %}{% set await = 3 %}{% set let = 4 %}{% set p = 5 %}{% set t = 6 %}{% set r = 7 %}{{ eval }}{{ this }}{{ await }}{{ let }}{{ p }}{{ t }}{{ r }}',
      ),
    ).toBe('1234567');
    expect(
      renderText(
        '{% macro function(var, new, class=1) %}{{ var }}{{ new }}{{ class }}{% endmacro %}{{ function(1, new=2) }}',
      ),
    ).toBe('121');
    expect(renderText('{% set größe = 1 %}{{ größe }}')).toBe('1');
  });

  test('a JavaScript object that the host left in by mistake is opaque', () => {
    const leaked = new Map<string, Value>([['leaked', new Date(0) as unknown as Value]]);
    expect(
      failureOf(() => compileTemplate('{{ leaked.getTime() }}', { file: 'a.sql' }).renderSync(leaked)),
    ).toBeInstanceOf(JinjaError);
    expect(() => scopeOf({ date: new Date(0) })).toThrow(
      'an instance of Date is no value of a template: wrap it with hostObject',
    );
  });
});
