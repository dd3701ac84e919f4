import { createFleet, type Fleet } from './fleet/fleet.ts';
import { resolveOptions, type ResolvedOptions, type SimulatorOptions } from './options.ts';
import { SimulatedClock } from './server/clock.ts';
import { startControlServer } from './server/control-server.ts';
import { Counters, type ShardRequests } from './server/counters.ts';
import type { RunningServer } from './server/listen.ts';
import { startShard } from './server/shard-server.ts';
import { startShardThread } from './server/shard-thread.ts';
import type { Credentials } from './server/shard-settings.ts';
import { createTruth, type Truth } from './truth/truth.ts';
import { worldSeconds } from './truth/world-seconds.ts';
import type { World } from './world/world.ts';

/** A shard that listens. */
export interface SimulatedShard extends Credentials {
  /** Host and port, e.g. `127.0.0.1:4001`. */
  readonly name: string;
  readonly baseUrl: string;
}

/** A simulated fleet behind its servers. */
export interface Simulator extends AsyncDisposable {
  readonly shards: readonly SimulatedShard[];
  readonly control: { readonly url: string };
  /** The base URLs as `OVIS_SHARDS` takes them. */
  readonly shardsVariable: string;
  readonly world: World;
  /** The world with its profile, for other sources of the same fleet: see `createEvaluationObjects`. */
  readonly fleet: Fleet;
  readonly truth: Truth;
  /** The simulated time. */
  now(): Date;
  /**
   * Sets the simulated time, for all shards at once. It stands still there unless `running`. Listings that have begun go
   * on as of the time at which they began.
   */
  setTime(time: Date | string, options?: { readonly running?: boolean }): void;
  /** What each shard was asked so far. */
  readonly requests: readonly ShardRequests[];
  /** Sets `requests` to zero. */
  resetRequests(): void;
  /** Stops all servers at once; open requests are cut. */
  close(): Promise<void>;
}

/**
 * Starts a fleet: a server a shard, and the control server.
 *
 * @throws SimulatorOptionError for an option that cannot be used.
 * @throws SimulatorListenError when an address is taken or not ours; then nothing is left running.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const settings = resolveOptions(options);
  const fleet = createFleet(settings.fleet);
  const clock = new SimulatedClock(settings.wallClock);
  clock.set(settings.nowMs ?? settings.wallClock(), settings.nowMs === null);
  const counters = settings.ports.map(() => new Counters());
  await using started = new AsyncDisposableStack();
  const servers = await startShards(settings, { fleet, clock, counters }, started);
  const shards = servers.map(({ port }, shard) => describeShard(settings, shard, port));
  const truth = createTruth(
    fleet,
    shards.map(({ name }) => name),
  );
  const requests = (): ShardRequests[] =>
    shards.map(({ name }, shard) => (counters[shard] ?? new Counters()).read(name));
  const resetRequests = (): void => counters.forEach((counter) => counter.reset());
  const parts = { clock, truth, requests, resetRequests };
  const control = await startControlServer(settings.host, settings.controlPort, parts);
  started.defer(() => control.close());
  const running = started.move();
  return {
    shards,
    control: { url: baseUrl(settings.host, control.port) },
    shardsVariable: shards.map((shard) => shard.baseUrl).join(','),
    world: fleet.world,
    fleet,
    truth,
    now: () => new Date(clock.now()),
    setTime: (time, { running: runs = false } = {}) => clock.set(worldSeconds(new Date(time)) * 1000, runs),
    get requests() {
      return requests();
    },
    resetRequests,
    close: () => running.disposeAsync(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface ShardsParts {
  readonly fleet: Fleet;
  readonly clock: SimulatedClock;
  readonly counters: readonly Counters[];
}

async function startShards(
  settings: ResolvedOptions,
  { fleet, clock, counters }: ShardsParts,
  started: AsyncDisposableStack,
): Promise<RunningServer[]> {
  const start = settings.workers ? startShardThread : startShard;
  const { host, tokenLifetimeSeconds, retryAfterSeconds, latencyMs, wallClock } = settings;
  const starting = counters.map(async (counter, shard) => {
    const credentials = settings.credentials[shard] ?? { username: '', password: '' };
    const port = settings.ports[shard] ?? 0;
    const common = { host, tokenLifetimeSeconds, retryAfterSeconds, latencyMs, fleet: settings.fleet };
    const server = await start({ shard, port, credentials, ...common }, { fleet, clock, counters: counter, wallClock });
    started.defer(() => server.close());
    return server;
  });
  // All of them settle before an error goes on, so that none is left listening.
  await Promise.allSettled(starting);
  return Promise.all(starting);
}

function describeShard(settings: ResolvedOptions, shard: number, port: number): SimulatedShard {
  const url = baseUrl(settings.host, port);
  const { username = '', password = '' } = settings.credentials[shard] ?? {};
  return { name: new URL(url).host, baseUrl: url, username, password };
}

function baseUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
