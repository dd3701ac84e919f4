import type { FleetSettings } from '../fleet/fleet.ts';

/** A user of a shard. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What a shard is told when it starts; plain, so that it can be sent to another thread. */
export interface ShardSettings {
  /** Number of the shard, from 0. */
  readonly shard: number;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly credentials: Credentials;
  /** Real seconds that a token lives. */
  readonly tokenLifetimeSeconds: number;
  /** What Retry-After asks for, in seconds. */
  readonly retryAfterSeconds: number;
  /** Milliseconds that every answer is held back. */
  readonly latencyMs: number;
  readonly fleet: FleetSettings;
}
