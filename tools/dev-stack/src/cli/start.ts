import { resolve } from 'node:path';
import { once } from 'node:events';
import { Command, InvalidArgumentError, Option } from 'commander';
import { startDevStack, type DevStack } from '../dev-stack.ts';
import { DevStackError } from '../errors.ts';
import { watchParent } from './parent-watch.ts';
import { runProgram } from './run-program.ts';

const WORKSPACE = resolve(import.meta.dirname, '../../../..');
const JOBS = ['twelve_hourly_elt'];

interface StartOptions {
  readonly once?: boolean;
  readonly force?: boolean;
  readonly devices: number;
  readonly seed: number;
  readonly profile: 'tidy' | 'untidy';
}

function count(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value > 0 && value <= 10_000_000) return value;
  throw new InvalidArgumentError('expected a whole number from 1 to 10000000.');
}

const options = new Command('npm start --')
  .description(
    'Starts the embedded PostgreSQL and a simulated fleet, migrates, and runs the jobs. DATABASE_URL and OVIS_SHARDS, if set, are used instead.',
  )
  .option('--once', 'stop after the jobs')
  .option('--force', 'fetch again what an earlier start has loaded for the same time')
  .option('--devices <n>', 'devices of the simulated fleet', count, 2_000)
  .option('--seed <n>', 'another number, another fleet', count, 1)
  .addOption(
    new Option('--profile <name>', 'how the simulated shards behave').choices(['tidy', 'untidy']).default('tidy'),
  )
  .parse()
  .opts<StartOptions>();

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

/** Migrates, runs the jobs, and returns the exit code of the first program that did not succeed. */
async function runJobs(stack: DevStack): Promise<number> {
  const { settings } = stack;
  const run = (entry: string, ...arguments_: readonly string[]): Promise<number> =>
    runProgram({ workspace: WORKSPACE, entry, arguments: arguments_, settings, signal: stop.signal });
  const migrated = await run('libs/warehouse/src/cli/main.ts', 'up');
  if (migrated !== 0) return migrated;
  let worst = 0;
  for (const job of JOBS)
    worst ||= await run('apps/scheduler/src/main.ts', 'run', job, ...(options.force ? ['--force'] : []));
  return worst;
}

function describeStack(stack: DevStack): void {
  const database = stack.settings['DATABASE_URL'];
  if (database !== undefined) say(`warehouse:  ${database}`);
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
  process.exitCode = stop.signal.aborted ? 130 : await runJobs(stack);
  if (!options.once && !stop.signal.aborted) {
    say(
      '\nThe warehouse and the fleet keep running; Ctrl-C stops them. Look at the result with any PostgreSQL client:',
    );
    say('  select embedded_version, count(*) from marts.last_updates_per_day group by 1 order by 1;');
    // Keeps the process alive until it is told to end.
    const alive = setInterval(() => undefined, 60_000);
    await once(stop.signal, 'abort');
    clearInterval(alive);
  }
} catch (error) {
  const message =
    error instanceof DevStackError || (error instanceof Error && 'retryability' in error)
      ? error.message
      : String(error);
  process.stderr.write(`npm start: ${message}\n`);
  process.exitCode = 1;
}
