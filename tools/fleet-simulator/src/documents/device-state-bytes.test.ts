import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createWorld } from '../world/world.ts';
import { DEVICE_STATE_BYTES, putDeviceState } from './device-state-bytes.ts';
import { deviceStateDocument } from './device-state.ts';
import { fixedLayout, putDigits, putNumber, putText } from './fixed-layout.ts';

describe(putDeviceState, () => {
  test('writes what JSON.stringify writes, but for spaces and zeros, at any time', () => {
    const world = createWorld({ devices: 500, customers: 10, shards: 1, seed: 'bytes' });
    const time = fc.integer({ min: Date.parse('2019-01-01') / 1000, max: Date.parse('2099-12-31') / 1000 });
    fc.assert(
      fc.property(time, fc.nat(400), (at, skip) => {
        const [site] = world.sites(at).drop(skip);
        fc.pre(site !== undefined);
        if (site === undefined) return;
        const state = world.deviceState(site, at);
        const bytes = Buffer.alloc(DEVICE_STATE_BYTES + 2, '!');
        putDeviceState(bytes, 1, state);
        const text = bytes.toString();
        expect([text.at(0), text.at(-1)]).toEqual(['!', '!']);
        expect(JSON.parse(text.slice(1, -1))).toEqual(JSON.parse(JSON.stringify(deviceStateDocument(state))));
      }),
      { numRuns: 1000 },
    );
  });
});

describe(fixedLayout, () => {
  test('finds every place of a name', () => {
    const layout = fixedLayout('a<x:3>b<y:1><x:2>');
    expect(Buffer.from(layout.bytes).toString()).toBe('a   b   ');
    expect([layout.ends('x'), layout.ends('y'), layout.ends('z')]).toEqual([[4, 8], [6], []]);
  });
});

describe(putNumber, () => {
  const put = (write: (bytes: Uint8Array) => void): string => {
    const bytes = Buffer.alloc(12, ' ');
    write(bytes);
    return bytes.toString();
  };

  test('writes numbers at the right edge', () => {
    expect(put((bytes) => putNumber(bytes, 10, -0.05, 3))).toBe('    -0.050  ');
    expect(put((bytes) => putNumber(bytes, 10, 1234))).toBe('      1234  ');
    expect(put((bytes) => putNumber(bytes, 10, 0))).toBe('         0  ');
    expect(put((bytes) => putNumber(bytes, 10, 19.99, 1))).toBe('      20.0  ');
    expect(put((bytes) => void putDigits(bytes, 10, 42, 5))).toBe('     00042  ');
    expect(put((bytes) => putText(bytes, 10, 'abc'))).toBe('       abc  ');
  });
});
