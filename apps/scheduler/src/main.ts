import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { EXIT } from './exit-code.ts';
import {
  parseSchedulerSettings,
  parseWarehouseSettings,
  SETTINGS_HELP,
  type SchedulerSettings,
  type WarehouseSettings,
} from './settings.ts';
import type { RemoveOptions } from './commands/remove.ts';
import type { RunCommandOptions } from './commands/run.ts';
import type { ServeCommandOptions } from './commands/serve.ts';

// `ovis-scheduler list | head` closes the pipe early: that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    process.stderr.write(`\n${signal}: stopping; what is committed stays\n`);
    stop.abort();
  });
}

// A process that another one started as its worker ends with it.
if (process.channel !== undefined) {
  process.once('disconnect', () => stop.abort());
  process.channel?.unref();
}

/** The dbt project lies beside the bundled program, or at the root of the repository. */
function modelsDirectory(): string {
  const bundled = join(import.meta.dirname, 'models');
  return existsSync(bundled) ? bundled : join(import.meta.dirname, '../../../models');
}

/** For messages about its connection, once it is known: it may come from a file. */
let databaseUrl: string | undefined;

function settings(): SchedulerSettings {
  const parsed = parseSchedulerSettings(process.env, modelsDirectory());
  databaseUrl = parsed.databaseUrl;
  return parsed;
}

function warehouseSettings(): WarehouseSettings {
  const parsed = parseWarehouseSettings(process.env, modelsDirectory());
  databaseUrl = parsed.databaseUrl;
  return parsed;
}

const program = new Command('ovis-scheduler')
  .description("Runs the platform's jobs.")
  .addHelpText('after', SETTINGS_HELP)
  .exitOverride()
  .showHelpAfterError('(--help lists commands and settings)');

program
  .command('run')
  .description(
    'run a job to its end; exit code 0: all done, 3: partly failed within the limit, 1: failed, 2: wrong usage or settings',
  )
  .argument('<job>', 'such as twelve_hourly_elt; "list" shows all')
  .option('--scheduled-for <instant>', 'logical time: a tick of the schedule (default: the latest)')
  .option('--force', 'fetch again what was loaded already; rows that did not change are not rewritten')
  .option('--workers <n>', 'processes that work on its tasks, 1 to 64', '1')
  .option('--now <instant>', 'take this for the present time, for simulated fleets')
  .action(async (job: string, options: RunCommandOptions) => {
    const { runCommand } = await import('./commands/run.ts');
    process.exitCode = await runCommand(job, options, settings(), stop.signal);
  });

program
  .command('serve')
  .description('run the schedules and work on tasks until stopped; any number of processes may serve at the same time')
  .option('--worker', 'only work on tasks: make and lead no runs')
  .option('--workers <n>', 'processes that work on tasks, this one included, 1 to 64', '1')
  .option('--now <instant>', 'take this for the present time, for simulated fleets')
  .action(async (options: ServeCommandOptions) => {
    const { serveCommand } = await import('./commands/serve.ts');
    process.exitCode = await serveCommand(options, settings(), stop.signal);
  });

program
  .command('hash-password')
  .description('read a password from standard input and print its hash, for CONSOLE_USERS')
  .action(async () => {
    const { hashPasswordCommand } = await import('./http/hash-password-command.ts');
    await hashPasswordCommand(process.stdin, process.stdout);
  });

program
  .command('list')
  .description('show assets, jobs and schedules')
  .action(async () => {
    const { listCommand } = await import('./commands/list.ts');
    const timeZone = process.env['SCHEDULE_TIME_ZONE'] || 'UTC';
    await listCommand({ timeZone, modelsDirectory: process.env['OVIS_MODELS_DIRECTORY'] || modelsDirectory() });
  });

const allowlist = program
  .command('allowlist')
  .description('show what may be stored, field by field, what is left out and why, and what was dropped lately')
  .option('--json', 'for programs')
  .action(async (options: { readonly json?: boolean }) => {
    const { allowlistCommand } = await import('./commands/allowlist.ts');
    await allowlistCommand(options, process.env);
  });

allowlist
  .command('purge')
  .description('remove a field that is not in the allowlist any more from all that is stored; can be run again')
  .argument('<Entity.path>', 'such as DeviceState.configuration.childLock')
  .option('--yes', 'needed: what is removed is gone')
  .action(async (path: string, options: RemoveOptions) => {
    const { purgeCommand } = await import('./commands/remove.ts');
    process.exitCode = await purgeCommand(path, options, warehouseSettings, stop.signal);
  });

program
  .command('forget')
  .description('remove the rows of a customer, and its identifier, from all that is stored; can be run again')
  .requiredOption('--customer <id>', 'such as c-000417')
  .option('--yes', 'needed: what is removed is gone')
  .action(async (options: RemoveOptions & { readonly customer: string }) => {
    const { forgetCommand } = await import('./commands/remove.ts');
    process.exitCode = await forgetCommand(options.customer, options, warehouseSettings, stop.signal);
  });

program
  .command('retention')
  .description('drop the months of raw tables that are older than OVIS_RAW_RETENTION_MONTHS says')
  .option('--dry-run', 'only tell what would be dropped')
  .option('--now <instant>', 'take this for the present time, for simulated fleets')
  .action(async (options: { readonly dryRun?: boolean; readonly now?: string }) => {
    const { retentionCommand } = await import('./commands/retention.ts');
    process.exitCode = await retentionCommand(options, warehouseSettings(), stop.signal);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else {
    const { describeFailure } = await import('./terminal/failure-message.ts');
    const { message, exitCode } = describeFailure(error, databaseUrl);
    process.stderr.write(`ovis-scheduler: ${message}\n`);
    if (process.env['OVIS_DEBUG']) process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : ''}\n`);
    process.exitCode = exitCode;
  }
}
