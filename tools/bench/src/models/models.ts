import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, type EmbeddedPostgres } from '@ovis/dev-stack';
import { Client } from 'pg';
import { BenchError } from '../errors.ts';
import { spreadOf, type Spread } from '../measuring/statistics.ts';
import { buildRunner, findDbt, type Contender } from './contenders.ts';
import { writeGeneratedProject, writeTrivialProject } from './generated-project.ts';
import { watchQueries } from './query-watch.ts';
import { runProgram, type Taken } from './run-program.ts';

/** Models of which each is a table of one row: what they take beyond their SQL is the runner's. */
const TRIVIAL_MODELS = 100;
const SCHEMA = 'bench';

/** The same of both, in turn within one run. */
export interface Pair {
  readonly ours: Spread;
  readonly theirs: Spread;
  /** Theirs / ours, of each turn. */
  readonly ratio: Spread;
}

/** What the same projects take dbt-core and the runner, with the same number of threads. */
export interface ModelsFigures {
  /** Seconds from the start of the program to the first query of any kind, of a project that was run before. */
  readonly firstQuery: Pair;
  /** Seconds from the start of the program to the SQL of the only model. */
  readonly firstModel: Pair;
  /** Seconds of the same statements by a client that is connected already, with as many connections as threads. */
  readonly bareSql: Spread;
  /** Seconds of a run of trivial models beyond {@link bareSql}. */
  readonly overhead: Pair;
  readonly parseCold: Pair;
  readonly parseWarm: Pair;
  /** Megabytes of the cold parse. */
  readonly memory: Pair | null;
}

export interface ModelsOptions {
  /** Models of the project that is parsed. */
  readonly models: number;
  /** Turns of each measurement. */
  readonly turns: number;
  readonly threads: number;
}

/** @returns null where there is no dbt to compare with. */
export async function measureModels({ models, turns, threads }: ModelsOptions): Promise<ModelsFigures | null> {
  const dbt = await findDbt();
  if (dbt === null) return null;
  const ours = await buildRunner();
  const folder = await mkdtemp(join(tmpdir(), 'ovis-bench-models-'));
  try {
    await using server = await startPostgres({ settings: { fsync: 'off' } });
    const world = { folder, server, threads, turns, contenders: { ours, theirs: dbt } };
    const starts = await measureStart(world);
    const trivial = await measureTrivial(world);
    return { ...starts, ...trivial, ...(await measureParse(world, models)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface World {
  readonly folder: string;
  readonly server: EmbeddedPostgres;
  readonly threads: number;
  readonly turns: number;
  readonly contenders: Readonly<Record<Side, Contender>>;
}

type Side = 'ours' | 'theirs';

/** Both start a project of one model that both have run before. */
async function measureStart(world: World): Promise<Pick<ModelsFigures, 'firstQuery' | 'firstModel'>> {
  await using watch = await watchQueries(world.server.port, 'select 0 as id');
  const sides = await prepare(world, 'start', (folder) => writeTrivialProject(folder, 1), watch.port);
  for (const run of Object.values(sides)) await run(['run']);
  watch.take();
  const firstQuery = new Turns();
  const firstModel = new Turns();
  for (let turn = 0; turn < world.turns; turn += 1) {
    for (const side of ['ours', 'theirs'] as const) {
      const begin = performance.now();
      await sides[side](['run']);
      const { any, marked } = watch.take();
      if (any === null || marked === null) throw new BenchError(`no query of ${world.contenders[side].name} was seen`);
      firstQuery.add(side, (any - begin) / 1_000);
      firstModel.add(side, (marked - begin) / 1_000);
    }
  }
  return { firstQuery: firstQuery.pair(), firstModel: firstModel.pair() };
}

/** Both build tables of one row in an empty schema; so does a client that does nothing else. */
async function measureTrivial(world: World): Promise<Pick<ModelsFigures, 'bareSql' | 'overhead'>> {
  const { server, threads } = world;
  const sides = await prepare(world, 'trivial', (folder) => writeTrivialProject(folder, TRIVIAL_MODELS));
  for (const run of Object.values(sides)) await run(['run']);
  const bare: number[] = [];
  const overhead = new Turns();
  for (let turn = 0; turn < world.turns; turn += 1) {
    await emptySchema(server);
    const seconds = await runBareSql(server, threads);
    bare.push(seconds);
    for (const side of ['ours', 'theirs'] as const) {
      await emptySchema(server);
      overhead.add(side, (await sides[side](['run'])).seconds - seconds);
    }
  }
  return { bareSql: spreadOf(bare), overhead: overhead.pair() };
}

async function measureParse(
  world: World,
  models: number,
): Promise<Pick<ModelsFigures, 'parseCold' | 'parseWarm' | 'memory'>> {
  const sides = await prepare(world, 'parse', (folder) => writeGeneratedProject(folder, models));
  const [cold, warm, memory] = [new Turns(), new Turns(), new Turns()];
  for (let turn = 0; turn < world.turns; turn += 1) {
    for (const side of ['ours', 'theirs'] as const) {
      await rm(join(world.folder, 'parse', side, 'target'), { recursive: true, force: true });
      const { seconds, peakMegabytes } = await sides[side](['parse']);
      cold.add(side, seconds);
      if (peakMegabytes !== null) memory.add(side, peakMegabytes);
      warm.add(side, (await sides[side](['parse'])).seconds);
    }
  }
  return { parseCold: cold.pair(), parseWarm: warm.pair(), memory: memory.isEmpty ? null : memory.pair() };
}

/** A folder for each, so that neither finds what the other keeps. @returns what runs a command in it. */
async function prepare(
  { folder, server, threads, contenders }: World,
  name: string,
  write: (folder: string) => Promise<void>,
  port = server.port,
): Promise<Readonly<Record<Side, (args: readonly string[]) => Promise<Taken>>>> {
  const prepareSide = async (side: Side): Promise<(args: readonly string[]) => Promise<Taken>> => {
    const project = join(folder, name, side);
    await mkdir(project, { recursive: true });
    await write(project);
    await writeFile(join(project, 'profiles.yml'), profileOf(server, port, threads));
    const { command, args } = contenders[side];
    return (given) => runProgram({ command, args: [...args, ...given], cwd: project, env: environment(project) });
  };
  return { ours: await prepareSide('ours'), theirs: await prepareSide('theirs') };
}

function environment(project: string): Readonly<Record<string, string>> {
  return {
    DATABASE_URL: '',
    DBT_PROFILES_DIR: project,
    DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
    DBT_VERSION_CHECK: 'false',
  };
}

function profileOf(server: EmbeddedPostgres, port: number, threads: number): string {
  const { hostname, username, password } = new URL(server.url);
  const dev = { type: 'postgres', host: hostname, port, user: username, password, dbname: 'postgres' };
  return JSON.stringify({ generated: { target: 'dev', outputs: { dev: { ...dev, schema: SCHEMA, threads } } } });
}

async function emptySchema(server: EmbeddedPostgres): Promise<void> {
  await withClient(server, async (client) => {
    await client.query(`drop schema if exists ${SCHEMA} cascade`);
    await client.query(`create schema ${SCHEMA}`);
  });
}

/** @returns seconds of the statements alone. */
async function runBareSql(server: EmbeddedPostgres, threads: number): Promise<number> {
  const clients = Array.from({ length: threads }, () => new Client({ connectionString: server.url }));
  await Promise.all(clients.map((client) => client.connect()));
  const begin = performance.now();
  let next = 0;
  await Promise.all(
    clients.map(async (client) => {
      for (let number = next++; number < TRIVIAL_MODELS; number = next++)
        await client.query(`create table ${SCHEMA}.bare_${String(number)} as select ${String(number)} as id`);
    }),
  );
  const seconds = (performance.now() - begin) / 1_000;
  await Promise.all(clients.map((client) => client.end()));
  return seconds;
}

async function withClient(server: EmbeddedPostgres, use: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

/** Figures of both sides, turn by turn. */
class Turns {
  readonly #figures: Readonly<Record<Side, number[]>> = { ours: [], theirs: [] };

  get isEmpty(): boolean {
    return this.#figures.ours.length === 0;
  }

  add(side: Side, figure: number): void {
    this.#figures[side].push(figure);
  }

  pair(): Pair {
    const { ours, theirs } = this.#figures;
    const ratios = theirs.map((figure, turn) => figure / (ours[turn] ?? Number.NaN));
    return { ours: spreadOf(ours), theirs: spreadOf(theirs), ratio: spreadOf(ratios) };
  }
}
