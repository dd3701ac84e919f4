import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import type { PlatformSettings } from '@ovis/pipeline';
import type { CommandContext } from './command-context.ts';
import type { GapsOptions } from './commands/gaps.ts';
import type { ResumeOptions } from './commands/resume.ts';
import type { RunCommandOptions } from './commands/run.ts';
import type { StatusOptions } from './commands/status.ts';
import { EXIT } from './exit-code.ts';
import { HELP } from './help.ts';
import type { PlanOptions } from './plan/plan-options.ts';

// `ovis-backfill gaps | head` closes the pipe early: that is no fault.
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

/** The dbt project lies beside the bundled program, or at the root of the repository. */
function modelsDirectory(): string {
  const bundled = join(import.meta.dirname, 'models');
  return existsSync(bundled) ? bundled : join(import.meta.dirname, '../../../models');
}

/** For messages about its connection, once it is known: it may come from a file. */
let databaseUrl: string | undefined;

const context: CommandContext = {
  settings: async (): Promise<PlatformSettings> => {
    const { parsePlatformSettings } = await import('@ovis/pipeline');
    const parsed = parsePlatformSettings(process.env, modelsDirectory());
    databaseUrl = parsed.databaseUrl;
    return parsed;
  },
  signal: stop.signal,
  output: process.stdout,
  display: process.stderr,
};

const program = new Command('ovis-backfill')
  .description('Says what is missing, and loads ranges of days, customers and models again.')
  .addHelpText('after', HELP)
  .exitOverride()
  .showHelpAfterError('(--help lists commands, examples and settings)');

function withRange(command: Command): Command {
  return command
    .option('--from <day|month>', 'the first day, such as 2026-11-01 or 2026-11')
    .option('--to <day|month>', 'the first day or month that is not in the range (today)')
    .option('--last <length>', 'the whole days before today: 30d, 4w, 3m');
}

function withOutput(command: Command): Command {
  return command
    .option('--output <text|json>', 'json: for programs', 'text')
    .option('--now <instant>', 'take this for the present time, for simulated fleets');
}

function withSelection(command: Command): Command {
  return withRange(command)
    .option('--customers <ids>', 'only these, comma-separated')
    .option('--shards <names>', 'only these, comma-separated, such as 10.0.0.1:8001')
    .option('--missing-only', 'only days that are not loaded in full')
    .option('--models-only', 'load nothing; build the models downstream again from what raw tables hold')
    .option('--concurrency <n>', 'days that are loaded at the same time, 1 to 8', '2');
}

withOutput(withRange(program.command('gaps')))
  .description('show which days are loaded, in part or not at all; exit code 1 if there is a gap')
  .argument('[asset|job...]', 'such as raw.daily_aggregates (default: all raw tables)')
  .action(async (targets: readonly string[], options: GapsOptions) => {
    const { gapsCommand } = await import('./commands/gaps.ts');
    process.exitCode = await gapsCommand(targets, options, context);
  });

withOutput(withSelection(program.command('plan')))
  .description('show what a backfill would load, and take; loads nothing')
  .argument('<asset|job|model>', 'such as raw.daily_aggregates')
  .action(async (target: string, options: PlanOptions) => {
    const { planCommand } = await import('./commands/plan.ts');
    process.exitCode = await planCommand(target, options, context);
  });

withOutput(withSelection(program.command('run')))
  .description('load a range again, then build the models downstream')
  .argument('<asset|job|model>', 'such as raw.daily_aggregates')
  .option('--yes', 'ask nothing')
  .option('--dry-run', 'only show the plan')
  .option('--detach', "leave it to the scheduler's processes")
  .action(async (target: string, options: RunCommandOptions) => {
    const { runCommand } = await import('./commands/run.ts');
    process.exitCode = await runCommand(target, options, context);
  });

withOutput(program.command('status'))
  .description('show the newest backfills, or where one of them stands')
  .argument('[backfill]', 'its id, or the beginning of it')
  .option('--follow', 'until it has ended')
  .action(async (id: string | undefined, options: StatusOptions) => {
    const { statusCommand } = await import('./commands/status.ts');
    process.exitCode = await statusCommand(id, options, context);
  });

withOutput(program.command('resume'))
  .description('go on with a backfill: what failed, was interrupted or cancelled')
  .argument('<backfill>', 'its id, or the beginning of it')
  .option('--concurrency <n>', 'days that are loaded at the same time, 1 to 8 (as before)')
  .option('--detach', "leave it to the scheduler's processes")
  .action(async (id: string, options: ResumeOptions) => {
    const { resumeCommand } = await import('./commands/resume.ts');
    process.exitCode = await resumeCommand(id, options, context);
  });

withOutput(program.command('cancel'))
  .description('end a backfill; what is loaded stays')
  .argument('<backfill>', 'its id, or the beginning of it')
  .action(async (id: string, options: { readonly output: string; readonly now?: string }) => {
    const { cancelCommand } = await import('./commands/cancel.ts');
    process.exitCode = await cancelCommand(id, options, context);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else {
    const { describeFailure } = await import('@ovis/pipeline');
    const { message, exitCode } = describeFailure(error, databaseUrl);
    process.stderr.write(`ovis-backfill: ${message}\n`);
    if (process.env['OVIS_DEBUG']) process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : ''}\n`);
    process.exitCode = exitCode;
  }
}
