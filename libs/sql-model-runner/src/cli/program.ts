import { Command, InvalidArgumentError, Option } from 'commander';
import type { CliIo, CommandOptions } from './options.ts';

/** Verbs that run nodes, with what `--help` says of them. */
const RUNNING = {
  build: 'seeds, models and tests, each test before what depends on the tested model',
  run: 'models only',
  test: 'tests only',
  seed: 'seeds only',
} as const;

/**
 * The command line. @param args without the program's name.
 *
 * @returns the exit code: 0, 1 or 2.
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  let code = 0;
  try {
    await program(io, (given) => (code = given)).parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    const { exitCodeOfError } = await import('./exit-code.ts');
    return exitCodeOfError(error, io.err);
  }
}

function program(io: CliIo, end: (code: number) => void): Command {
  const command = new Command('ovis-models')
    .description('Runs dbt projects on PostgreSQL.')
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .configureOutput({ writeErr: io.err, writeOut: io.out })
    .addHelpText(
      'after',
      `
Connection: DATABASE_URL, or profiles.yml (--profiles-dir, DBT_PROFILES_DIR, the project folder, ~/.dbt) when DATABASE_URL is
unset or one of --profiles-dir, --profile is given.
Exit codes: 0 all well, 1 a node failed, 2 the project, the selection, the settings or the database prevented the run.`,
    );
  for (const [verb, description] of Object.entries(RUNNING)) {
    withCommonOptions(command.command(verb).description(description)).action(async (options: CommandOptions) => {
      const { runCommand } = await import('./run-command.ts');
      end(await runCommand(verb as keyof typeof RUNNING, options, io));
    });
  }
  withCommonOptions(
    command
      .command('compile')
      .description('renders SQL to target/compiled, asking the database only what templates ask'),
  )
    .option('--no-introspect', 'render without a database: no model is incremental then')
    .action(async (options: CommandOptions & { introspect: boolean }) => {
      const { compileCommand } = await import('./compile-command.ts');
      end(await compileCommand(options, io));
    });
  withCommonOptions(command.command('ls').alias('list').description('lists what a selection chooses; asks no database'))
    .addOption(new Option('--resource-type <type...>', 'only these').choices(['model', 'seed', 'test', 'source']))
    .addOption(
      new Option('--output <form>', 'what a line holds')
        .choices(['selector', 'name', 'path', 'json'])
        .default('selector'),
    )
    .action(async (options: CommandOptions & { resourceType?: string[]; output: string }) => {
      const { listCommand } = await import('./list-command.ts');
      end(await listCommand(options, io));
    });
  return command;
}

function withCommonOptions(command: Command): Command {
  return command
    .option('--project-dir <folder>', 'folder with dbt_project.yml, instead of DBT_PROJECT_DIR or the working folder')
    .option('--profiles-dir <folder>', 'folder with profiles.yml')
    .option('--profile <name>', "entry of profiles.yml instead of the project's")
    .option(
      '-t, --target <name>',
      "output of the profile instead of its own choice; with DATABASE_URL the target's name",
    )
    .addOption(
      new Option(
        '--target-schema <name>',
        'schema of models that name none, instead of the profile’s (with DATABASE_URL: public)',
      ).env('OVIS_MODELS_SCHEMA'),
    )
    .option('--target-path <folder>', 'where compiled and run SQL is written, instead of target/ in the project')
    .option('-s, --select <selector...>', 'what to run: names, tag:, path:, source:, +above, below+, a,b for both')
    .option('-m, --models <selector...>', 'the same as --select')
    .option('--exclude <selector...>', 'what to leave out of it')
    .option('-f, --full-refresh', 'build incremental models and seeds anew', false)
    .option('--threads <count>', 'nodes that run at the same time', positiveInteger)
    .option('--vars <yaml>', "variables as YAML, e.g. '{start: 2024-01-01}'")
    .addOption(new Option('--role <name>', 'role that every session takes with SET ROLE').env('OVIS_MODELS_ROLE'))
    .option('--log-format <form>', 'plain lines, or one JSON object a line', 'text')
    .option('-q, --quiet', 'say only what failed', false);
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number from 1');
  return value;
}
