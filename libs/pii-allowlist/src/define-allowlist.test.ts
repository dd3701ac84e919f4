import { describe, expect, test } from 'vitest';
import { defineAllowlist, type AllowlistFields } from './define-allowlist.ts';
import { AllowlistDefinitionError } from './errors.ts';
import { identifier } from './texts.ts';
import { number } from './numbers.ts';

const reason = 'a test';
const key = identifier({ key: true, reason });
const plain = number({ min: 0, max: 1, reason });

function defining(fields: AllowlistFields, leftOut: Record<string, string> = {}) {
  return () => defineAllowlist({ entity: 'Thing', fields: { id: key, ...fields }, leftOut });
}

describe(defineAllowlist, () => {
  test('keeps what was declared, frozen', () => {
    const definition = defineAllowlist({
      entity: 'Thing',
      fields: { id: key, 'a.b': plain },
      leftOut: { name: 'personal data' },
    });
    expect(Object.keys(definition.fields)).toEqual(['id', 'a.b']);
    expect(definition.fields['a.b']).toMatchObject({
      type: 'number',
      accepts: '0 to 1',
      reason: 'a test',
      unit: null,
      key: false,
    });
    expect([definition, definition.fields, definition.leftOut, definition.fields.id].every(Object.isFrozen)).toBe(true);
  });

  test.each([
    [{ 'a..b': plain }, {}, 'is no path of names joined by dots'],
    [{ 'a.__proto__': plain }, {}, 'is no path of names joined by dots'],
    [{ constructor: plain }, {}, 'is no path of names joined by dots'],
    [{ a: plain, 'a.b': plain }, {}, 'lies below "a", which is declared too'],
    [{ 'a.b.c': plain }, { a: 'personal' }, 'lies below "a", which is declared too'],
    [{ a: plain }, { a: 'personal' }, 'is declared twice'],
    [{ a: number({ min: 0, max: 1, reason: ' ' }) }, {}, 'says no reason'],
    [{ a: plain }, { b: '' }, 'says no reason'],
    [{ 'a.b': identifier({ key: true, reason }) }, {}, 'a key field stands at the top of the document'],
  ])('refuses %o beside %o', (fields, leftOut, problem) => {
    expect(defining(fields as AllowlistFields, leftOut as Record<string, string>)).toThrow(AllowlistDefinitionError);
    expect(defining(fields as AllowlistFields, leftOut as Record<string, string>)).toThrow(problem);
  });

  test('refuses a declaration without a key field', () => {
    expect(() => defineAllowlist({ entity: 'Thing', fields: { a: plain } })).toThrow(
      'allowlist "Thing" declares no key field',
    );
  });

  test('refuses a field that the library did not make', () => {
    const homemade = {
      reason,
      key: false,
      type: 'text',
      accepts: 'anything',
      read: (raw: unknown) => raw,
      write: JSON.stringify,
    };
    const proxied = new Proxy(plain, {});
    const constructed = () => Reflect.construct(plain.constructor, [Symbol('x'), {}, {}]);
    expect(defining({ a: homemade as never })).toThrow('is no field of this library');
    expect(defining({ a: proxied })).toThrow('is no field of this library');
    expect(defining({ a: null as never })).toThrow('is no field of this library');
    expect(constructed).toThrow('a field is made by number(), identifier() and the like');
  });
});
