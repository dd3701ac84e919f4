import { describe, expect, test } from 'vitest';
import { SimulatorOptionError } from './errors.ts';
import { resolveOptions, type SimulatorOptions } from './options.ts';

describe(resolveOptions, () => {
  test('fills in what was left out', () => {
    const { fleet, nowMs, ports, credentials, host } = resolveOptions({ devices: 100_000 });
    expect(fleet.world).toEqual({ devices: 100_000, customers: 1538, shards: 5, seed: '1' });
    expect(fleet.profile).toBe('tidy');
    expect([nowMs, ports, host]).toEqual([null, [0, 0, 0, 0, 0], '127.0.0.1']);
    expect(credentials).toHaveLength(5);
    expect(credentials[4]).toEqual({ username: 'ovis', password: 'secret' });
  });

  test('gives small fleets fewer shards and customers', () => {
    expect(resolveOptions({ devices: 1 }).fleet.world).toMatchObject({ devices: 1, customers: 1, shards: 1 });
  });

  test('lets single rates differ from the profile', () => {
    const { rates } = resolveOptions({ devices: 10, profile: 'untidy', rates: { missing: 0.5 } }).fleet;
    expect(rates).toMatchObject({ missing: 0.5, nulls: 0.01 });
  });

  test.each<[string, SimulatorOptions, string]>([
    ['devices', { devices: 0 }, 'devices is 0; give a whole number from 1 to 20000000'],
    ['devices', { devices: 1.5 }, 'devices is 1.5; give a whole number'],
    ['customers', { devices: 10, customers: 11 }, 'customers is 11 but devices is 10'],
    ['shards', { devices: 10, customers: 2, shards: 3 }, 'shards is 3 but customers is 2'],
    ['now', { devices: 10, now: 'soon' }, 'now is not a time; give an ISO 8601 time'],
    ['now', { devices: 10, now: '2018-12-31T23:59:59Z' }, 'now is outside the simulated world'],
    ['ports', { devices: 10, shards: 2, ports: [0] }, 'ports has 1 entries; give one for each of the 2 shards'],
    ['ports', { devices: 10, shards: 1, ports: [70_000] }, 'ports is 70000'],
    ['credentials', { devices: 10, shards: 2, credentials: [] }, 'credentials has 0 entries'],
    ['rates', { devices: 10, rates: { missing: 2 } }, 'rates.missing is 2; give a share from 0 to 1'],
    ['wallClock', { devices: 10, workers: true, wallClock: Date.now }, 'wallClock cannot be sent to workers'],
  ])('refuses a bad %s: %j', (option, options, message) => {
    expect(() => resolveOptions(options)).toThrow(expect.objectContaining({ option }));
    expect(() => resolveOptions(options)).toThrow(SimulatorOptionError);
    expect(() => resolveOptions(options)).toThrow(message);
  });
});
