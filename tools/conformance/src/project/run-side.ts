import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Client } from 'pg';
import { parse } from 'yaml';
import { captureDatabase, type DatabaseState } from '../database/capture.ts';
import type { Command, CommandOutcome } from '../dbt/dbt-worker.ts';
import type { Plan, Step } from './plan.ts';
import { readCompiled, type CompiledFiles } from './read-compiled.ts';

/** What one command left behind. */
export interface StepOutcome extends CommandOutcome {
  readonly step: string;
  /** Status (and number of failures) of each node by its unique id. */
  readonly statuses: Readonly<Record<string, string>>;
  readonly state: DatabaseState;
  readonly compiled: CompiledFiles;
}

/** A server that databases are made on. */
export interface Server {
  readonly url: string;
  urlOf(database: string): string;
}

/** The name is the same for both sides: it is part of rendered SQL. */
const DATABASE = 'conformance';

/** Runs a project's plan on a new, empty database, in a copy of its folder. */
export async function runSide(options: {
  readonly folder: string;
  readonly plan: Plan;
  readonly server: Server;
  readonly run: (command: Command) => Promise<CommandOutcome>;
}): Promise<readonly StepOutcome[]> {
  const { folder, plan, server } = options;
  const work = await mkdtemp(join(tmpdir(), 'ovis-conformance-'));
  const project = join(work, basename(folder));
  const url = server.urlOf(DATABASE);
  try {
    await cp(folder, project, {
      recursive: true,
      filter: (path) => !/\/(?:target|logs|node_modules|\.git)$/u.test(path),
    });
    await writeProfile(join(work, 'profiles'), project, url);
    await sql(server.url, `drop database if exists ${DATABASE} with (force); create database ${DATABASE}`.split('; '));
    const env = { ...plan.env, DBT_PROFILES_DIR: join(work, 'profiles'), HOME: work };
    const outcomes: StepOutcome[] = [];
    for (const step of plan.steps) {
      if (step.kind !== 'command') {
        await between(step, project, url);
        continue;
      }
      const results = join(project, 'target', 'run_results.json');
      const compiledFolder = join(project, 'target', 'compiled');
      await rm(results, { force: true });
      await rm(compiledFolder, { recursive: true, force: true });
      const outcome = await options.run({ args: step.args, cwd: project, env });
      const [statuses, state] = [await readStatuses(results), await captureDatabase(url, plan.volatile)];
      const compiled = await readCompiled(compiledFolder);
      outcomes.push({ step: step.args.join(' '), statuses, state, compiled, ...outcome });
    }
    return outcomes;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function between(step: Exclude<Step, { kind: 'command' }>, project: string, url: string): Promise<void> {
  if (step.kind === 'sql') await sql(url, [step.sql]);
  else if (step.kind === 'copy') await cp(join(project, step.from), join(project, step.to), { recursive: true });
  else {
    await mkdir(dirname(join(project, step.path)), { recursive: true });
    await writeFile(join(project, step.path), step.text);
  }
}

async function sql(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function writeProfile(folder: string, project: string, url: string): Promise<void> {
  const { profile, name } = parse(await readFile(join(project, 'dbt_project.yml'), 'utf8')) as Record<string, string>;
  const { hostname, port, username, password } = new URL(url);
  const output = { type: 'postgres', host: hostname, port: Number(port), user: username, password, dbname: DATABASE };
  const dev = { ...output, schema: 'analytics', threads: 4 };
  await mkdir(folder, { recursive: true });
  const profiles = {
    [profile ?? name ?? 'conformance']: { target: 'dev', outputs: { dev, prod: { ...dev, schema: 'prod' } } },
  };
  await writeFile(join(folder, 'profiles.yml'), JSON.stringify(profiles));
}

async function readStatuses(file: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return {};
  const { results } = JSON.parse(text) as {
    readonly results: readonly {
      readonly unique_id: string;
      readonly status: string;
      readonly failures: number | null;
    }[];
  };
  return Object.fromEntries(
    results.map(({ unique_id: id, status, failures }) => [id, failures === null ? status : `${status} ${failures}`]),
  );
}
