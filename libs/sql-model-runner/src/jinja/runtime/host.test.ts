import { describe, expect, test } from 'vitest';
import {
  bindArguments,
  compileTemplate,
  hostFunction,
  hostObject,
  isCallable,
  MISSING,
  PyDict,
  PyFloat,
  PySet,
  PyTuple,
  signature,
  toHost,
  toPython,
  type HostObject,
  type Value,
} from '../index.ts';
import { failureOf } from '../testing/render.ts';

const render = (text: string, names: Readonly<Record<string, Value>>): string =>
  compileTemplate(text, { file: 'a.sql' }).renderSync(new Map(Object.entries(names)));

describe('a host function', () => {
  test('gets positional and keyword arguments as they were given', () => {
    const seen: unknown[] = [];
    const f = hostFunction('f', ({ positional, keyword }) => {
      seen.push([
        positional.map(toHost),
        Object.fromEntries(Array.from(keyword, ([key, value]) => [key, toHost(value)])),
      ]);
    });
    expect(render("{{ f(1, [2], a='x', **{'b': none}) }}", { f })).toBe('None');
    expect(seen).toEqual([[[1, [2]], { a: 'x', b: null }]]);
  });

  test('answers with values of the host, which become those of the template', () => {
    const answers = {
      object: { a: [1, true] },
      nothing: undefined,
      map: new Map([[1, 'x']]),
      big: 2n ** 70n,
      half: 0.5,
    };
    const f = hostFunction('f', ({ positional: [name] }) => answers[name as keyof typeof answers]);
    expect(render("{{ f('object') }} {{ f('nothing') }} {{ f('map') }} {{ f('big') }} {{ f('half') }}", { f })).toBe(
      "{'a': [1, True]} None {1: 'x'} 1180591620717411303424 0.5",
    );
  });

  test('binds its arguments by a signature', () => {
    const parameters = signature('name, default=?, limit=10, *rest, **options');
    const bind = (positional: Value[], keyword: Record<string, Value> = {}): Value[] =>
      bindArguments('var', parameters, { positional, keyword: new Map(Object.entries(keyword)) });
    expect(bind(['a']).slice(0, 3)).toEqual(['a', MISSING, 10]);
    expect(bind(['a', null, 5, 6])).toEqual(['a', null, 5, [6], new PyDict()]);
    expect(bind(['a'], { limit: 1, other: 2 })[4]).toEqual(new PyDict([['other', 2]]));
    expect(failureOf(() => bind([])).reason).toBe("var() missing required argument: 'name'");
    expect(failureOf(() => bind(['a'], { name: 'b' })).reason).toBe("var() got multiple values for argument 'name'");
  });
});

describe('a host object', () => {
  const relation = (name: string): HostObject =>
    hostObject({
      typeName: 'Relation',
      attributes: {
        identifier: name,
        get: hostFunction('get', ({ positional: [key] }) => (key === 'metadata' ? { type: 'Relation' } : null)),
        get computed() {
          return `${name}!`;
        },
      },
      isMapping: true,
      text: () => `"${name}"`,
      repr: () => `<Relation ${name}>`,
      key: () => name,
    });

  test('prints, compares and answers as it says of itself', () => {
    const names = { a: relation('a'), same: relation('a'), b: relation('b') };
    expect(render("{{ a }} {{ [a] }} {{ a.identifier }} {{ a['computed'] }} {{ a.get('metadata').type }}", names)).toBe(
      '"a" [<Relation a>] a a! Relation',
    );
    expect(
      render(
        '{{ a is mapping }} {{ a == same }} {{ a == b }} {{ a in [b, same] }} {{ {a: 1}[same] }} {{ a is callable }} {{ "t" if a }}',
        names,
      ),
    ).toBe('True True False True 1 False t');
    expect(isCallable(names.a)).toBe(false);
  });

  test('can iterate, be called, be indexed, and compute', () => {
    const days = (n: number): HostObject =>
      hostObject({
        typeName: 'timedelta',
        host: n,
        operate: (operator, other, reflected) =>
          operator === '+' && !reflected && typeof other === 'number' ? days(n + other) : undefined,
        compare: (other) =>
          typeof other === 'object' && other !== null && 'definition' in other
            ? n - Number((other as HostObject).definition.host)
            : undefined,
        text: () => `${n} days`,
        iterate: () => [n, n + 1],
        size: () => 2,
        item: (key) => (key === 0 ? n : undefined),
        call: ({ positional }) => positional.length,
        otherAttribute: (name) => (name.startsWith('day_') ? n : undefined),
      });
    const names = { d: days(3), e: days(4) };
    expect(
      render(
        '{{ d + 1 }} {{ d < e }} {{ [e, d] | sort | first }} {{ d | list }} {{ d | length }} {{ d[0] }} {{ d[1] is defined }} {{ d(1, 2) }} {{ d.day_x }} {{ d.other is defined }}',
        names,
      ),
    ).toBe('4 days True 3 days [3, 4] 2 3 False 2 3 False');
    expect(failureOf(() => render('{{ d - 1 }}', names)).reason).toBe(
      "unsupported operand type(s) for -: 'timedelta' and 'int'",
    );
    expect(failureOf(() => render('{{ d < 1 }}', names)).reason).toBe(
      "'<' not supported between instances of 'timedelta' and 'int'",
    );
  });
});

describe('values cross the border', () => {
  test('into templates', () => {
    expect(toPython({ a: [1, 'x', null, undefined, { b: false }] })).toEqual(
      new PyDict([['a', [1, 'x', null, null, new PyDict([['b', false]])]]]),
    );
    expect(toPython(new Set([1, 2]))).toEqual(new PySet([1, 2]));
    expect(toPython(1e21)).toEqual(new PyFloat(1e21));
    expect(() => toPython(() => 1)).toThrow(
      'a function of the host is no value of a template: wrap it with hostFunction or hostObject',
    );
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    expect(() => toPython(cyclic)).toThrow('nested more than 500 levels deep (or contains itself)');
  });

  test('and out of them', () => {
    const value = new PyDict([
      ['list', [1, new PyTuple([2.5, new PyFloat(3)])]],
      ['none', null],
      ['keys', new PyDict([[1, 'x']])],
      ['set', new PySet([1])],
    ]);
    expect(toHost(value)).toEqual({ list: [1, [2.5, 3]], none: null, keys: new Map([[1, 'x']]), set: new Set([1]) });
    expect(toHost(MISSING)).toBeUndefined();
  });
});
