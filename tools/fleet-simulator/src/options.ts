import { SimulatorOptionError } from './errors.ts';
import { ratesOf, type Profile, type Rates } from './fleet/profile.ts';
import type { FleetSettings } from './fleet/fleet.ts';
import type { Credentials } from './server/shard-settings.ts';
import { worldSeconds } from './truth/world-seconds.ts';

/** How to start a simulated fleet. */
export interface SimulatorOptions {
  /** Devices in the field, 1 … 20,000,000. A few in a thousand fewer while new customers are being equipped. */
  readonly devices: number;
  /** Customers at any time, at most `devices`. Default: one for every 65 devices, at least four a shard. */
  readonly customers?: number;
  /** Number of shards, at most `customers`. Default 5. */
  readonly shards?: number;
  /** Equal seeds make equal fleets. Default 1. */
  readonly seed?: number | string;
  /** Simulated time at the start. With it the time stands still; without it the time is the wall clock's and runs. */
  readonly now?: Date | string;
  /** Default `tidy`. */
  readonly profile?: Profile;
  /** Rates to set otherwise than the profile does. */
  readonly rates?: Partial<Rates>;
  /** A port a shard, 0 for a free one. Default: all free. */
  readonly ports?: readonly number[];
  /** Default: a free one. */
  readonly controlPort?: number;
  /** Address to listen on. Default 127.0.0.1. The control server tells everything to everyone who reaches it. */
  readonly host?: string;
  /** One user for all shards, or one a shard. Default `ovis` / `secret`. */
  readonly credentials?: Credentials | readonly Credentials[];
  /** Real seconds that a token lives. Default 900. */
  readonly tokenLifetimeSeconds?: number;
  /** Seconds that Retry-After asks for, where it is sent. Default 1. */
  readonly retryAfterSeconds?: number;
  /** Milliseconds that every answer is held back. Default 0. */
  readonly latencyMs?: number;
  /** A thread a shard: faster where there are cores enough, and some 10 MB more a shard. Default false. */
  readonly workers?: boolean;
  /** Milliseconds since 1970, for token lifetimes and a running time. Not with `workers`. Default `Date.now`. */
  readonly wallClock?: () => number;
}

/** Options with every default filled in and every value checked. */
export interface ResolvedOptions {
  readonly fleet: FleetSettings;
  /** Simulated milliseconds at the start; null for the wall clock's. */
  readonly nowMs: number | null;
  readonly ports: readonly number[];
  readonly controlPort: number;
  readonly host: string;
  readonly credentials: readonly Credentials[];
  readonly tokenLifetimeSeconds: number;
  readonly retryAfterSeconds: number;
  readonly latencyMs: number;
  readonly workers: boolean;
  readonly wallClock: () => number;
}

/**
 * Checks options and fills in the defaults.
 *
 * @throws SimulatorOptionError naming the first option that cannot be used.
 */
export function resolveOptions(options: SimulatorOptions): ResolvedOptions {
  const devices = whole('devices', options.devices, 1, 20_000_000);
  const shards = whole('shards', options.shards ?? Math.min(5, devices), 1, 1000);
  const customers = whole('customers', options.customers ?? defaultCustomers(devices, shards), 1, 900_000);
  mustNotExceed('customers', customers, 'devices', devices);
  mustNotExceed('shards', shards, 'customers', customers);
  const profile = options.profile ?? 'tidy';
  if (profile !== 'tidy' && profile !== 'untidy') {
    throw new SimulatorOptionError('profile', `profile is "${String(profile)}"; give tidy or untidy`);
  }
  if (options.workers === true && options.wallClock !== undefined) {
    throw new SimulatorOptionError('wallClock', 'wallClock cannot be sent to workers; leave out one of the two');
  }
  return {
    fleet: {
      world: { devices, customers, shards, seed: String(options.seed ?? 1) },
      profile,
      rates: ratesOf(profile, options.rates),
    },
    nowMs: options.now === undefined ? null : worldSeconds(new Date(options.now), 'now') * 1000,
    ports: portsOf(options.ports, shards),
    controlPort: whole('controlPort', options.controlPort ?? 0, 0, 65_535),
    host: options.host ?? '127.0.0.1',
    credentials: credentialsOf(options.credentials, shards),
    tokenLifetimeSeconds: whole('tokenLifetimeSeconds', options.tokenLifetimeSeconds ?? 900, 1, 31_536_000),
    retryAfterSeconds: whole('retryAfterSeconds', options.retryAfterSeconds ?? 1, 0, 3600),
    latencyMs: whole('latencyMs', options.latencyMs ?? 0, 0, 600_000),
    workers: options.workers ?? false,
    wallClock: options.wallClock ?? Date.now,
  };
}

function defaultCustomers(devices: number, shards: number): number {
  return Math.min(devices, Math.max(4 * shards, Math.round(devices / 65)));
}

function whole(option: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new SimulatorOptionError(option, `${option} is ${value}; give a whole number from ${least} to ${most}`);
}

function mustNotExceed(option: string, value: number, other: string, most: number): void {
  if (value <= most) return;
  throw new SimulatorOptionError(
    option,
    `${option} is ${value} but ${other} is ${most}; give at most as many ${option} as ${other}`,
  );
}

function portsOf(ports: readonly number[] | undefined, shards: number): readonly number[] {
  if (ports === undefined) return Array.from({ length: shards }, () => 0);
  if (ports.length !== shards) {
    throw new SimulatorOptionError(
      'ports',
      `ports has ${ports.length} entries; give one for each of the ${shards} shards`,
    );
  }
  return ports.map((port) => whole('ports', port, 0, 65_535));
}

function credentialsOf(given: SimulatorOptions['credentials'], shards: number): readonly Credentials[] {
  if (given === undefined || 'username' in given) {
    const same = given ?? { username: 'ovis', password: 'secret' };
    return Array.from({ length: shards }, () => same);
  }
  if (given.length === shards) return given;
  throw new SimulatorOptionError(
    'credentials',
    `credentials has ${given.length} entries; give one for all, or one for each of the ${shards} shards`,
  );
}
