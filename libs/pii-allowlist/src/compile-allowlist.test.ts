import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boolean } from './boolean.ts';
import { compileAllowlist } from './compile-allowlist.ts';
import { defineAllowlist } from './define-allowlist.ts';
import { createDropReport } from './drop-report.ts';
import { integer, number } from './numbers.ts';
import { enumeration, identifier } from './texts.ts';

const reason = 'a test';
const projector = compileAllowlist(
  defineAllowlist({
    entity: 'Thing',
    fields: {
      deviceId: identifier({ key: true, reason }),
      temperature: number({ min: -50, max: 100, numericStrings: true, reason }),
      'settings.mode': enumeration({ values: ['AUTO', 'OFF'], reason }),
      'settings.limits.max': integer({ min: 0, max: 50, reason }),
      locked: boolean({ reason }),
    },
    leftOut: { ownerName: 'personal data' },
  }),
);

/** What a projection gave, in one comparable value. */
function projected(value: unknown) {
  const report = createDropReport();
  const result = projector.project(value, report);
  return {
    payload: result.ok ? result.row.payload : null,
    reason: result.ok ? null : result.reason,
    dropped: Object.fromEntries(report.dropped),
    mismatched: Object.fromEntries(report.mismatched),
  };
}

describe(compileAllowlist, () => {
  test('keeps named fields in the order of the declaration, nested as they came', () => {
    const value = {
      locked: true,
      settings: { limits: { max: 30 }, mode: 'AUTO' },
      temperature: '21.5',
      deviceId: 'd-1',
    };
    expect(projected(value)).toEqual({
      payload: '{"deviceId":"d-1","temperature":21.5,"settings":{"mode":"AUTO","limits":{"max":30}},"locked":true}',
      reason: null,
      dropped: {},
      mismatched: {},
    });
  });

  test('drops what is not named and counts it by the path of its parent, documented or not', () => {
    const settings = { mode: 'OFF', pinCode: '1234', 'ann@example.com': { limits: { max: 3 } }, limits: { min: 1 } };
    expect(projected({ deviceId: 'd-1', ownerName: 'Ann', 'settings.mode': 'AUTO', settings })).toEqual({
      payload: '{"deviceId":"d-1","settings":{"mode":"OFF"}}',
      reason: null,
      dropped: { '*': 2, 'settings.*': 2, 'settings.limits.*': 1 },
      mismatched: {},
    });
  });

  test('drops a named field of a wrong type and counts it by its path', () => {
    const value = { deviceId: 'd-1', temperature: 1000, locked: 'yes', settings: { mode: ['AUTO'], limits: 'none' } };
    expect(projected(value)).toEqual({
      payload: '{"deviceId":"d-1"}',
      reason: null,
      dropped: {},
      mismatched: { temperature: 1, locked: 1, 'settings.mode': 1, 'settings.limits': 1 },
    });
  });

  test('treats null as absent', () => {
    const absent = { payload: '{"deviceId":"d-1"}', reason: null, dropped: {}, mismatched: {} };
    expect(projected({ deviceId: 'd-1', temperature: null, locked: undefined, settings: null })).toEqual(absent);
    expect(projected({ deviceId: 'd-1', settings: { mode: null, limits: {} } })).toEqual(absent);
  });

  test.each([
    [{}, 'key_missing:deviceId'],
    [{ deviceId: null, temperature: 'x', other: 1 }, 'key_missing:deviceId'],
    [{ deviceId: 'Ann Example', other: 1 }, 'key_invalid:deviceId'],
    [{ deviceId: { toString: 'd-1' } }, 'key_invalid:deviceId'],
    [null, 'not_an_object'],
    [undefined, 'not_an_object'],
    [[{ deviceId: 'd-1' }], 'not_an_object'],
    ['d-1', 'not_an_object'],
    [() => 'd-1', 'not_an_object'],
  ])('quarantines %o as %s and reports nothing else of it', (value, reasonCode) => {
    expect(projected(value)).toEqual({ payload: null, reason: reasonCode, dropped: {}, mismatched: {} });
  });

  test('looks at own enumerable properties only', () => {
    const inherited: unknown = Object.create({ deviceId: 'd-1' });
    const hidden: unknown = Object.defineProperty({}, 'deviceId', { value: 'd-1', enumerable: false });
    expect([projected(inherited).reason, projected(hidden).reason]).toEqual([
      'key_missing:deviceId',
      'key_missing:deviceId',
    ]);
    expect(projected(Object.assign(Object.create(null), { deviceId: 'd-1' })).payload).toBe('{"deviceId":"d-1"}');
  });

  test('counts __proto__, constructor and the like as any other unnamed key', () => {
    const value: unknown = JSON.parse(
      '{"deviceId":"d-1","__proto__":{"temperature":5},"constructor":1,"settings":{"__proto__":{"mode":"AUTO"}}}',
    );
    expect(projected(value)).toEqual({
      payload: '{"deviceId":"d-1"}',
      reason: null,
      dropped: { '*': 2, 'settings.*': 1 },
      mismatched: {},
    });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test('never walks what is not named: cyclic, deep and huge input costs nothing', () => {
    const cyclic: Record<string, unknown> = { deviceId: 'd-1' };
    cyclic['self'] = cyclic;
    cyclic['settings'] = cyclic;
    let deep: unknown = 1;
    for (let depth = 0; depth < 200_000; depth += 1) deep = { settings: deep };
    const trap = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('walked');
        },
      },
    );
    expect(projected(cyclic)).toMatchObject({ payload: '{"deviceId":"d-1"}', dropped: { '*': 1, 'settings.*': 3 } });
    expect(projected({ deviceId: 'd-1', settings: deep, deep, trap, huge: 'x'.repeat(1e7) })).toMatchObject({
      payload: '{"deviceId":"d-1"}',
      dropped: { '*': 3 },
    });
  });

  test('quarantines what cannot be read instead of throwing', () => {
    const throwing = () => {
      throw new Error('ann@example.com');
    };
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(projected(Object.defineProperty({}, 'deviceId', { get: throwing, enumerable: true })).reason).toBe(
      'unreadable',
    );
    expect(projected(new Proxy({}, { ownKeys: throwing })).reason).toBe('unreadable');
    expect(projected(revoked.proxy).reason).toBe('unreadable');
    expect(projected({ deviceId: 'd-1', settings: new Proxy({}, { ownKeys: throwing }) })).toEqual({
      payload: null,
      reason: 'unreadable',
      dropped: {},
      mismatched: {},
    });
  });

  test('reads a value once, so that a getter cannot pass the check with one value and be kept with another', () => {
    let reads = 0;
    const value = Object.defineProperty({}, 'deviceId', {
      enumerable: true,
      get: () => (reads++ === 0 ? 'd-1' : 'Ann Example'),
    });
    expect(projected(value).payload).toBe('{"deviceId":"d-1"}');
    expect(reads).toBe(1);
  });

  test('adds up one report over many rows', () => {
    const report = createDropReport();
    for (const temperature of ['warm', 20, 'cold'])
      projector.project({ deviceId: 'd-1', temperature, name: 'Ann' }, report);
    expect([...report.dropped, ...report.mismatched]).toEqual([
      ['*', 3],
      ['temperature', 2],
    ]);
  });

  test('is refused for a declaration that bypassed the checks', () => {
    const forged = {
      entity: 'Thing',
      fields: { text: { key: true, reason, read: (raw: unknown) => raw } },
      leftOut: {},
    };
    expect(() => compileAllowlist(forged as never)).toThrow('is no field of this library');
  });
});

/** Any JSON value, with the declared names frequent among its keys, so that the declared paths are reached. */
const jsonValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constantFrom(null, 'd-1', 'AUTO', '21.5')),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(
    fc.oneof(
      fc.constantFrom(
        'deviceId',
        'temperature',
        'settings',
        'mode',
        'limits',
        'max',
        'locked',
        '__proto__',
        'constructor',
        'toString',
      ),
      fc.string(),
    ),
    tie('value'),
    { maxKeys: 8, noNullPrototype: false },
  ),
})).value;

/** The semantics once more, by walking paths: slow and plain. */
function expectedOf(value: unknown): {
  readonly payload: unknown;
  readonly dropped: Record<string, number>;
  readonly mismatched: Record<string, number>;
} | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const dropped: Record<string, number> = {};
  const mismatched: Record<string, number> = {};
  const keep = (source: object, path: string, tree: Readonly<Record<string, unknown>>): Record<string, unknown> => {
    const out: Record<string, unknown> = {};
    for (const [name, raw] of Object.entries(source)) {
      const child = Object.hasOwn(tree, name) ? tree[name] : undefined;
      const full = path === '' ? name : `${path}.${name}`;
      if (child === undefined)
        dropped[path === '' ? '*' : `${path}.*`] = (dropped[path === '' ? '*' : `${path}.*`] ?? 0) + 1;
      else if (raw === null || raw === undefined) continue;
      else if (typeof child === 'function') {
        const kept: unknown = child(raw);
        if (kept === undefined) mismatched[full] = 1;
        else out[name] = kept;
      } else if (typeof raw !== 'object' || Array.isArray(raw)) mismatched[full] = 1;
      else {
        const below = keep(raw, full, child as Readonly<Record<string, unknown>>);
        if (Object.keys(below).length > 0) out[name] = below;
      }
    }
    return out;
  };
  const numeric = (raw: unknown) =>
    typeof raw === 'string' && /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(raw) ? Number(raw) : raw;
  const payload = keep(value, '', {
    deviceId: (raw: unknown) =>
      typeof raw === 'string' && /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/.test(raw) ? raw : undefined,
    temperature: (raw: unknown) => {
      const n = numeric(raw);
      return typeof n === 'number' && n >= -50 && n <= 100 ? n + 0 : undefined;
    },
    locked: (raw: unknown) => (typeof raw === 'boolean' ? raw : undefined),
    settings: {
      mode: (raw: unknown) => (raw === 'AUTO' || raw === 'OFF' ? raw : undefined),
      limits: {
        max: (raw: unknown) =>
          Number.isInteger(raw) && Number(raw) >= 0 && Number(raw) <= 50 ? Number(raw) + 0 : undefined,
      },
    },
  });
  return 'deviceId' in payload ? { payload, dropped, mismatched } : null;
}

describe('a projection of anything', () => {
  test('of any JSON value equals the plain model', () => {
    const withKey = fc
      .tuple(jsonValue, fc.boolean())
      .map(([value, keyed]) =>
        keyed && typeof value === 'object' && value !== null && !Array.isArray(value)
          ? { ...value, deviceId: 'd-1' }
          : value,
      );
    fc.assert(
      fc.property(withKey, (value) => {
        const actual = projected(value);
        const expected = expectedOf(value);
        expect(
          actual.payload === null
            ? null
            : { payload: JSON.parse(actual.payload), dropped: actual.dropped, mismatched: actual.mismatched },
        ).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test('never throws and reports declared paths only, whatever it is given', () => {
    const declared = new Set([
      '*',
      'settings',
      'settings.*',
      'settings.mode',
      'settings.limits',
      'settings.limits.*',
      'settings.limits.max',
      'deviceId',
      'temperature',
      'locked',
    ]);
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    const fields = fc.record(
      { deviceId: anything, temperature: anything, settings: anything, locked: anything, other: anything },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          anything,
          fields,
          fields.map((value) => ({ ...value, deviceId: 'd-1' })),
        ),
        (value) => {
          const { payload, dropped, mismatched } = projected(value);
          expect(payload === null || 'deviceId' in JSON.parse(payload)).toBe(true);
          expect([...Object.keys(dropped), ...Object.keys(mismatched)].filter((path) => !declared.has(path))).toEqual(
            [],
          );
        },
      ),
      { numRuns: 2000 },
    );
  });
});
