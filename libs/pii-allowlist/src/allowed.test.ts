import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Allowed } from './allowed.ts';
import * as publicFace from './index.ts';
import {
  compileAllowlist,
  createDropReport,
  defineAllowlist,
  enumeration,
  identifier,
  integer,
  NotAllowedError,
  openAllowed,
  type AllowedRow,
} from './index.ts';

const reason = 'a test';
const definition = defineAllowlist({
  entity: 'Thing',
  fields: {
    deviceId: identifier({ key: true, reason }),
    mode: enumeration({ values: ['AUTO', 'OFF'], reason }),
    'settings.max': integer({ min: 0, max: 9, reason }),
  },
});
type Row = AllowedRow<typeof definition>;

function allowedRow(): Row {
  const result = compileAllowlist(definition).project({ deviceId: 'd-1', mode: 'AUTO' }, createDropReport());
  if (!result.ok) throw new Error(result.reason);
  return result.row;
}

/** A place that stores rows, as the compiler sees it. */
function store(row: Allowed<unknown>): string {
  return row.payload;
}

describe('an Allowed', () => {
  test('gives its payload and the values of its declared paths', () => {
    const row = allowedRow();
    expect([row.payload, row.column('deviceId'), row.column('mode'), row.column('settings.max')]).toEqual([
      '{"deviceId":"d-1","mode":"AUTO"}',
      'd-1',
      'AUTO',
      null,
    ]);
    expect(store(row)).toBe(row.payload);
  });

  test('has the types that the declaration implies', () => {
    const row = allowedRow();
    expectTypeOf(row.column('deviceId')).toEqualTypeOf<string>();
    expectTypeOf(row.column('mode')).toEqualTypeOf<'AUTO' | 'OFF' | null>();
    expectTypeOf(row.column('settings.max')).toEqualTypeOf<number | null>();
  });

  test('names the declared columns when asked for another', () => {
    const row = allowedRow();
    // @ts-expect-error -- "name" is not declared, so the compiler refuses the path.
    expect(() => row.column('name')).toThrow(
      'this column is not declared; declared paths are: deviceId, mode, settings.max',
    );
  });

  test('cannot be imitated before the compiler', () => {
    const row = allowedRow();
    // @ts-expect-error -- a plain object of the same shape lacks the private fields.
    const plain: Row = { payload: '{}', column: row.column.bind(row) };
    const copied: Pick<Row, 'payload' | 'column'> & { readonly name: string } = Object.assign({}, row, { name: 'Ann' });
    // @ts-expect-error -- the type that a spread has: every public member, no private field, one more field.
    const spread: Row = copied;
    // @ts-expect-error -- Allowed is exported as a type only.
    expect(publicFace.Allowed).toBeUndefined();
    expect(() => {
      // @ts-expect-error -- the payload is read-only.
      row.payload = '{}';
    }).toThrow(TypeError);
    // @ts-expect-error -- rows of another declaration are another type.
    const other: Allowed<{ readonly nodeId: string }> = row;
    expect([plain, spread, other]).toHaveLength(3);
  });

  test('cannot be constructed, changed or shadowed at run time', () => {
    const row = allowedRow();
    const content = { payload: '{"name":"Ann"}', values: [], slots: new Map() };
    expect(() => Reflect.construct(row.constructor, [Symbol('maker of Allowed'), content])).toThrow(NotAllowedError);
    const subclass = class extends (row.constructor as new (maker: symbol, content: unknown) => object) {};
    expect(() => new subclass(Symbol('maker of Allowed'), content)).toThrow(NotAllowedError);
    expect(() => Object.defineProperty(row, 'payload', { value: '{"name":"Ann"}' })).toThrow(TypeError);
    expect(() => Object.defineProperty(Object.getPrototypeOf(row), 'payload', { value: '{"name":"Ann"}' })).toThrow(
      TypeError,
    );
    expect(() => Object.setPrototypeOf(row, { payload: '{"name":"Ann"}' })).toThrow(TypeError);
  });
});

describe(openAllowed, () => {
  test('passes on what a projector made', () => {
    const row = allowedRow();
    expect(openAllowed(row)).toBe(row);
  });

  test.each([
    ['a cast', () => JSON.parse('{"payload":"{}"}') as Row],
    ['an any', () => JSON.parse('{"payload":"{}"}')],
    ['a copy with one more field', () => Object.assign({}, allowedRow(), { name: 'Ann Example' })],
    ['an object with the right prototype', () => Object.create(Object.getPrototypeOf(allowedRow()))],
    ['an heir of a row', () => Object.create(allowedRow())],
    ['a proxy of a row', () => new Proxy(allowedRow(), { get: () => '{"name":"Ann Example"}' })],
    ['a structured clone', () => structuredClone(allowedRow())],
    ['a text', () => 'Ann Example'],
    ['null', () => null],
    ['undefined', () => undefined],
  ])('refuses %s without repeating any of it', (_, make: () => unknown) => {
    expect(() => openAllowed(make())).toThrow(NotAllowedError);
    expect(() => openAllowed(make())).toThrow(
      /^refused a row that no allowlist has projected \(received: (object|string|null|undefined), expected: an Allowed\)/,
    );
  });
});
