import { resolve } from 'node:path';
import { createEvaluationObjects, startSimulator, type Simulator } from '@ovis/fleet-simulator';
import { startObjectServer, type ObjectServer } from '@ovis/object-server';
import { Client } from 'pg';
import { fillBatteryDatabase } from './battery-database.ts';
import { freePort } from './postgres/free-port.ts';
import { startPostgres, type EmbeddedPostgres } from './postgres/start-postgres.ts';

/** The simulated world and where its data goes. */
export interface DevStackOptions {
  /** Devices of the simulated fleet. */
  readonly devices: number;
  readonly seed: number;
  readonly profile: 'tidy' | 'untidy';
  /** Days of battery measurements and evaluation results before the simulated present. */
  readonly historyDays: number;
  /** Simulated time, standing still; the running present if not given. */
  readonly now?: Date;
  /** Root of the checkout; the database's files lie in its ignored folder `.ovis`. */
  readonly workspace: string;
  /** A warehouse of one's own, instead of the embedded server. */
  readonly databaseUrl?: string;
  /** Shards of one's own, instead of the simulated fleet. */
  readonly shards?: string;
}

/** Running servers and the settings that lead to them. */
export interface DevStack extends AsyncDisposable {
  /** Environment variables for the platform's programs. */
  readonly settings: Readonly<Record<string, string>>;
  readonly simulator: Simulator | null;
  close(): Promise<void>;
}

/** Shards of the simulated fleet. */
export const SHARDS = 5;
const PREFERRED_PORT = 54_320;
const BUCKET = 'battery-eval-results';

/**
 * Starts what is not given: the embedded PostgreSQL with a database for this world, and the simulated fleet with its shards, its battery
 * database and its object store.
 */
export async function startDevStack(options: DevStackOptions): Promise<DevStack> {
  const parts: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const part of parts.splice(0).toReversed()) await part.close();
  };
  try {
    const settings: Record<string, string> = {};
    // The simulated fleet's battery database lies on it, too.
    const isNeeded = options.databaseUrl === undefined || options.shards === undefined;
    const server = isNeeded ? await startServer(options) : null;
    if (server) parts.push({ close: () => server.stop() });
    if (server && options.databaseUrl === undefined) {
      const database = databaseName(options);
      await createDatabase(server, database);
      settings['DATABASE_URL'] = server.urlOf(database);
    }
    let simulator: Simulator | null = null;
    if (options.shards === undefined) {
      const { devices, seed, profile } = options;
      const time = options.now ? { now: options.now } : {};
      // The same ports at each start where possible: a shard's name, stored with its rows, is its host and port.
      const ports = await Promise.all(
        Array.from({ length: SHARDS }, (_, shard) => freePort(PREFERRED_PORT + 1 + shard)),
      );
      simulator = await startSimulator({ devices, seed, profile, shards: SHARDS, ports, ...time });
      parts.push(simulator);
      Object.assign(settings, simulatorSettings(simulator));
      const port = await freePort(PREFERRED_PORT + 1 + SHARDS);
      const objects = await startEvaluations(simulator, { historyDays: options.historyDays, port });
      parts.push(objects);
      Object.assign(settings, objectServerSettings(objects));
      if (server) {
        const { historyDays } = options;
        const name = `${databaseName(options)}_battery_${String(historyDays)}`;
        await createDatabase(server, name);
        const { world } = simulator.fleet;
        const battery = { url: server.urlOf(name), world, now: simulator.now(), historyDays };
        settings['BATTERY_DATABASE_URL'] = await fillBatteryDatabase(battery);
      }
    }
    return { settings, simulator, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

function startServer({ workspace }: DevStackOptions): Promise<EmbeddedPostgres> {
  return startPostgres({ folder: resolve(workspace, '.ovis/postgres'), preferredPort: PREFERRED_PORT });
}

/** Starts the object store, with the folders that the simulated fleet's batteries would have been evaluated into. */
export function startEvaluations(
  simulator: Simulator,
  { historyDays, port = 0 }: { readonly historyDays: number; readonly port?: number },
): Promise<ObjectServer> {
  const objects = createEvaluationObjects(simulator.fleet, { historyDays, now: () => simulator.now() });
  return startObjectServer({ buckets: { [BUCKET]: objects }, port });
}

/** The variables under which the platform's programs find an object store. */
export function objectServerSettings(server: ObjectServer): Readonly<Record<string, string>> {
  return {
    S3_ENDPOINT: server.endpoint,
    S3_REGION: server.region,
    S3_BUCKET: BUCKET,
    S3_ACCESS_KEY: server.accessKey,
    S3_SECRET_KEY: server.secretKey,
  };
}

/** The variables under which the platform's programs find a simulated fleet. */
export function simulatorSettings(simulator: Simulator): Readonly<Record<string, string>> {
  const credentials = simulator.shards.flatMap((shard, index) => [
    [`OVIS_SHARD_${String(index + 1)}_USERNAME`, shard.username],
    [`OVIS_SHARD_${String(index + 1)}_PASSWORD`, shard.password],
  ]);
  return {
    OVIS_SHARDS: simulator.shards.map((shard) => shard.baseUrl).join(','),
    ...(Object.fromEntries(credentials) as Record<string, string>),
  };
}

/** A database a simulated world, so that two worlds never mix in one warehouse. */
export function databaseName(world: Pick<DevStackOptions, 'devices' | 'seed' | 'profile' | 'shards'>): string {
  return world.shards === undefined ? `ovis_${String(world.devices)}_${String(world.seed)}_${world.profile}` : 'ovis';
}

async function createDatabase(server: EmbeddedPostgres, name: string): Promise<void> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
}
