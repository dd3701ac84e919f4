import { parseDatabaseUrl, SettingsError, type Environment } from '@ovis/foundation';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { DatabaseSettingsError, MigrationsNotFoundError } from '../errors.ts';
import { migrateDown, migrateUp } from '../migrations/migrate.ts';
import { migrationStatus } from '../migrations/migration-status.ts';
import { verifySchema } from '../migrations/verify-schema.ts';
import { renderStatus, renderVerification } from './render-report.ts';

/** The world as the program sees it. */
export interface CliContext {
  /** Without the interpreter and the script. */
  readonly args: readonly string[];
  readonly env: Environment;
  readonly readFile: (path: string) => string;
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
}

/** Done, or found in order. */
const OK = 0;
/** The database refused, is not there, or is not as it should be. */
const FAILED = 1;
/** Wrong arguments or settings. */
const USAGE = 2;

/**
 * Runs `ovis-migrate`.
 *
 * @returns the exit code: 0 done, 1 failed or drifted, 2 wrong usage or settings. Every failure is one message; it never throws.
 */
export async function runCli(context: CliContext): Promise<number> {
  let exitCode = OK;
  const program = buildProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...context.args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? OK : USAGE;
    context.writeError(`ovis-migrate: ${messageOf(error)}\n`);
    const isUsage =
      error instanceof SettingsError ||
      error instanceof DatabaseSettingsError ||
      error instanceof MigrationsNotFoundError;
    return isUsage ? USAGE : FAILED;
  }
}

interface GlobalOptions {
  readonly directory?: string;
}

function buildProgram(context: CliContext, exitWith: (code: number) => void): Command {
  const program = new Command('ovis-migrate')
    .description('Brings the schema of the warehouse to this version.')
    .option(
      '--directory <folder>',
      'folder of migrations (OVIS_MIGRATIONS_DIRECTORY; default: the one of this version)',
    )
    .addHelpText('after', HELP)
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: context.writeOut, writeErr: context.writeError });
  const target = (): { databaseUrl: string; directory?: string } => {
    const directory =
      program.opts<GlobalOptions>().directory ?? (context.env['OVIS_MIGRATIONS_DIRECTORY'] || undefined);
    return {
      databaseUrl: parseDatabaseUrl(context.env, context.readFile),
      ...(directory === undefined ? {} : { directory }),
    };
  };
  const report = (direction: 'applied' | 'undone', names: readonly string[], nothing: string): void => {
    context.writeOut(names.length === 0 ? `${nothing}\n` : names.map((name) => `${direction} ${name}\n`).join(''));
  };
  program
    .command('up')
    .description('applies what is missing, all of it or nothing; waits while another process does the same')
    .option('--lock-wait-seconds <n>', 'longest time to wait for that process', wholeNumber, 300)
    .action(async ({ lockWaitSeconds }: { lockWaitSeconds: number }) => {
      const { migrations } = await migrateUp({ ...target(), lockWaitSeconds });
      report('applied', migrations, 'the database is up to date');
    });
  program
    .command('down')
    .description('undoes the newest migration; the tables that it made go with their rows')
    .option('--count <n>', 'how many to undo', wholeNumber, 1)
    .option('--all', 'undo every one')
    .option('--lock-wait-seconds <n>', 'longest time to wait for another process that migrates', wholeNumber, 300)
    .action(async ({ count, all, lockWaitSeconds }: { count: number; all?: true; lockWaitSeconds: number }) => {
      const { migrations } = await migrateDown({ ...target(), lockWaitSeconds, count: all ? 'all' : count });
      report('undone', migrations, 'no migration to undo');
    });
  program
    .command('status')
    .description('lists the migrations and which of them the database has')
    .action(async () => {
      context.writeOut(renderStatus(await migrationStatus(target())));
    });
  program
    .command('verify')
    .description('compares the live schema with the one that the migrations give; prints what differs')
    .action(async () => {
      const verification = await verifySchema(target());
      const { isClean, text } = renderVerification(verification);
      (isClean ? context.writeOut : context.writeError)(text);
      exitWith(isClean ? OK : FAILED);
    });
  return program;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}

/** One line; errors of the driver carry no connection string. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replaceAll(/\s*\n\s*/g, ' ') : 'something that is no error was thrown';
}

const HELP = `
Settings (environment):
  DATABASE_URL                postgres://user:password@host:5432/database; also as DATABASE_URL_FILE
  OVIS_MIGRATIONS_DIRECTORY   as --directory

Exit codes: 0 done, or nothing to do; 1 failed, pending or drifted; 2 wrong usage or settings.`;
