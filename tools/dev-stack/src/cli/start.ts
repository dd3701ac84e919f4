import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { SHARDS, startDevStack, type DevStack } from '../dev-stack.ts';
import { DevStackError } from '../errors.ts';
import { watchParent } from './parent-watch.ts';
import { runProgram } from './run-program.ts';

const WORKSPACE = resolve(import.meta.dirname, '../../../..');
const JOBS = ['twelve_hourly_elt', 'daily_aggregates_elt', 'battery_algorithm_eval_results_elt'];

interface StartOptions {
  readonly once?: boolean;
  readonly force?: boolean;
  readonly devices: number;
  readonly seed: number;
  readonly profile: 'tidy' | 'untidy';
  readonly historyDays: number;
}

/** Reads a whole number of a range. */
function count(least: number, most = 10_000_000): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${String(least)} to ${String(most)}.`);
  };
}

const command = new Command('npm start --')
  .description(
    'Starts the embedded PostgreSQL and a simulated fleet with its battery database and object store, migrates, and runs the jobs. DATABASE_URL and OVIS_SHARDS, if set, are used instead.',
  )
  .option('--once', 'stop after the jobs')
  .option('--force', 'fetch again what an earlier start has loaded for the same time')
  .option('--devices <n>', 'devices of the simulated fleet, at least one a shard', count(SHARDS), 2_000)
  .option('--history-days <n>', 'days of battery measurements and evaluation results', count(1, 3_650), 30)
  .option('--seed <n>', 'another number, another fleet', count(1), 1)
  .addOption(
    new Option('--profile <name>', 'how the simulated shards behave').choices(['tidy', 'untidy']).default('tidy'),
  )
  .exitOverride();

/** Reads the command line; commander has said what is wrong with it, or has shown its help. */
function readOptions(): StartOptions {
  try {
    return command.parse().opts<StartOptions>();
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
    throw error;
  }
}

const options = readOptions();

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stop.abort();
  });
}
watchParent(() => {
  stop.abort();
});

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function run({ settings }: DevStack, entry: string, ...arguments_: readonly string[]): Promise<number> {
  return runProgram({ workspace: WORKSPACE, entry, arguments: arguments_, settings, signal: stop.signal });
}

/** Brings the schema up to date; without it there is nothing to run or to look at. */
function migrate(stack: DevStack): Promise<number> {
  return run(stack, 'libs/warehouse/src/cli/main.ts', 'up');
}

/** Runs all jobs, whatever comes of each, and returns the first exit code that is not 0. */
async function runJobs(stack: DevStack): Promise<number> {
  const codes: number[] = [];
  for (const job of JOBS) {
    codes.push(await run(stack, 'apps/scheduler/src/main.ts', 'run', job, ...(options.force ? ['--force'] : [])));
  }
  return codes.find((code) => code !== 0) ?? 0;
}

/** Serves the schedules and the HTTP API until we are told to end. */
async function serve(stack: DevStack): Promise<void> {
  say('\nThe schedules go on; Ctrl-C stops everything. Look at the result with any PostgreSQL client:');
  say('  select embedded_version, count(*) from marts.last_updates_per_day group by 1 order by 1;');
  const port = process.env['HTTP_PORT'] || '8080';
  say(`Runs, assets and metrics over HTTP: http://127.0.0.1:${port}/api/runs, described at /openapi.json`);
  await run(stack, 'apps/scheduler/src/main.ts', 'serve');
}

function describeStack(stack: DevStack): void {
  const database = stack.settings['DATABASE_URL'];
  if (database !== undefined) say(`warehouse:  ${database}`);
  const { BATTERY_DATABASE_URL: battery, S3_ENDPOINT: store, S3_BUCKET: bucket } = stack.settings;
  if (battery !== undefined) say(`batteries:  ${battery}`);
  if (store !== undefined) say(`results:    bucket ${bucket ?? ''} at ${store}`);
  if (stack.simulator) {
    const shards = stack.simulator.shards.map((shard) => shard.name).join(' ');
    say(
      `fleet:      ${String(options.devices)} devices (${options.profile}) on ${shards}; control at ${stack.simulator.control.url}`,
    );
  }
}

try {
  const given = { databaseUrl: process.env['DATABASE_URL'], shards: process.env['OVIS_SHARDS'] };
  await using stack = await startDevStack({
    ...options,
    workspace: WORKSPACE,
    ...(given.databaseUrl ? { databaseUrl: given.databaseUrl } : {}),
    ...(given.shards ? { shards: given.shards } : {}),
  });
  describeStack(stack);
  const migrated = await migrate(stack);
  process.exitCode = migrated === 0 ? await runJobs(stack) : migrated;
  const ours = stack.simulator !== null || !given.databaseUrl;
  if (migrated === 0 && ours && !options.once && !stop.signal.aborted) await serve(stack);
} catch (error) {
  const message =
    error instanceof DevStackError || (error instanceof Error && 'retryability' in error)
      ? error.message
      : String(error);
  process.stderr.write(`npm start: ${message}\n`);
  process.exitCode = 1;
}
