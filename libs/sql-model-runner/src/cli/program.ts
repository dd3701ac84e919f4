import { Command, InvalidArgumentError, Option } from 'commander';
import { verbFirst, withoutIgnored } from './ignored-flags.ts';
import type { CliIo, CommandOptions } from './options.ts';

/** Verbs that run nodes, with what `--help` says of them. */
const RUNNING = {
  build: 'seeds, snapshots, models and tests, each test before what depends on the tested node',
  run: 'models only',
  test: 'tests only',
  seed: 'seeds only',
  snapshot: 'snapshots only',
} as const;

/**
 * The command line. @param args without the program's name.
 *
 * @returns the exit code: 0, 1 or 2.
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  let code = 0;
  try {
    await program(io, (given) => (code = given)).parseAsync(verbFirst(withoutIgnored(args)), { from: 'user' });
    return code;
  } catch (error) {
    const { exitCodeOfError } = await import('./exit-code.ts');
    return exitCodeOfError(error, io.err);
  }
}

type End = (code: number) => void;

function program(io: CliIo, end: End): Command {
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
    withRunOptions(command.command(verb).description(description)).action(async (options: CommandOptions) => {
      const { runCommand } = await import('./run-command.ts');
      end(await runCommand(verb as keyof typeof RUNNING, options, io));
    });
  }
  withRunOptions(command.command('retry').description('what failed, or was skipped, in the last run')).action(
    async (options: CommandOptions) => {
      const { retryCommand } = await import('./run-command.ts');
      end(await retryCommand(options, io));
    },
  );
  addReadingCommands(command, io, end);
  addCheck(command, io, end);
  addPlan(command, io, end);
  addLineage(command, io, end);
  addOtherCommands(command, io, end);
  return command;
}

function addReadingCommands(command: Command, io: CliIo, end: End): void {
  withSelection(
    command
      .command('compile')
      .description('renders SQL to target/compiled, asking the database only what templates ask'),
  )
    .option('--no-introspect', 'render without a database: no model is incremental then')
    .option('--inline <sql>', 'render this instead of files')
    .action(async (options: CommandOptions & { introspect: boolean }) => {
      const { compileCommand } = await import('./compile-command.ts');
      end(await compileCommand(options, io));
    });
  withSelection(command.command('parse').description('reads the project and writes target/manifest.json')).action(
    async (options: CommandOptions) => {
      const { parseCommand } = await import('./parse-command.ts');
      end(await parseCommand(options, io));
    },
  );
  withSelection(command.command('ls').alias('list').description('lists what a selection chooses; asks no database'))
    .addOption(
      new Option('--output <form>', 'what a line holds')
        .choices(['selector', 'name', 'path', 'json'])
        .default('selector'),
    )
    .option('--output-keys <key...>', 'keys of --output json')
    .action(async (options: CommandOptions & { output: string; outputKeys?: readonly string[] }) => {
      const { listCommand } = await import('./list-command.ts');
      end(await listCommand(options, io));
    });
  withSelection(command.command('show').description('the first rows of a model, built or not'))
    .option('--inline <sql>', 'a query instead of a model')
    .option('--limit <count>', 'rows; -1 for all', (text) => Number(text), 5)
    .addOption(new Option('--output <form>').choices(['text', 'json']).default('text'))
    .action(async (options: CommandOptions & { limit: number; output: string }) => {
      const { showCommand } = await import('./show-command.ts');
      end(await showCommand(options, io));
    });
}

function addCheck(command: Command, io: CliIo, end: End): void {
  withSelection(command.command('check').description('whether models can be parsed and planned; builds nothing'))
    .option('--no-introspect', 'check the grammar only, without a database')
    .action(async (options: CommandOptions & { introspect: boolean }) => {
      const { checkCommand } = await import('./check-command.ts');
      end(await checkCommand(options, io));
    });
}

function addPlan(command: Command, io: CliIo, end: End): void {
  withSelection(
    command
      .command('plan')
      .description(
        'what build would change in the database; with --state, of what has changed since (state:modified+)',
      ),
  )
    .option('--no-introspect', 'against the former run of --state alone, without a database')
    .addOption(new Option('--output <form>').choices(['text', 'json']).default('text'))
    .option('--exit-code', 'exit with 1 when a relation is new, becomes another kind or gets other columns', false)
    .action(async (options: CommandOptions & { introspect: boolean; output: string; exitCode: boolean }) => {
      const { planCommand } = await import('./plan-command.ts');
      end(await planCommand(options, io));
    });
}

function addLineage(command: Command, io: CliIo, end: End): void {
  withConnection(
    command
      .command('lineage <target>')
      .description('where a column comes from: <model>, <model>.<column> or <source>.<table>.<column>->key->key'),
  )
    .option('--upstream', 'what it comes from (the default)')
    .addOption(new Option('--downstream', 'what is made of it').conflicts('upstream').default(false))
    .option('--no-introspect', 'without a database: the columns of sources are those of the properties files')
    .addOption(new Option('--output <form>').choices(['text', 'json']).default('text'))
    .action(
      async (
        target: string,
        options: CommandOptions & { introspect: boolean; downstream: boolean; output: string },
      ) => {
        const { lineageCommand } = await import('./lineage-command.ts');
        end(await lineageCommand(target, options, io));
      },
    );
}

function addOtherCommands(command: Command, io: CliIo, end: End): void {
  const docs = command.command('docs').description('documentation');
  withSelection(docs.command('generate').description('writes manifest.json and catalog.json'))
    .option('--no-compile', 'leave out the rendered SQL')
    .action(async (options: CommandOptions & { compile: boolean }) => {
      const { docsCommand } = await import('./docs-command.ts');
      end(await docsCommand(options, io));
    });
  const source = command.command('source').description('sources');
  withSelection(source.command('freshness').description('how old the newest rows of the sources are')).action(
    async (options: CommandOptions) => {
      const { freshnessCommand } = await import('./freshness-command.ts');
      end(await freshnessCommand(options, io));
    },
  );
  withConnection(command.command('run-operation <macro>').description('calls one macro'))
    .option('--args <yaml>', "its arguments as YAML, e.g. '{name: value}'")
    .action(async (macro: string, options: CommandOptions & { args?: string }) => {
      const { operationCommand } = await import('./operation-command.ts');
      end(await operationCommand(macro, options, io));
    });
  withConnection(command.command('clean').description('removes the folders that clean-targets names')).action(
    async (options: CommandOptions) => {
      const { cleanCommand } = await import('./clean-command.ts');
      end(await cleanCommand(options, io));
    },
  );
  withConnection(command.command('deps').description('puts the packages of packages.yml into dbt_packages')).action(
    async (options: CommandOptions) => {
      const { depsCommand } = await import('./deps-command.ts');
      end(await depsCommand(options, io));
    },
  );
  withConnection(command.command('debug').description('whether the project and the database can be reached')).action(
    async (options: CommandOptions) => {
      const { debugCommand } = await import('./debug-command.ts');
      end(await debugCommand(options, io));
    },
  );
}

function withConnection(command: Command): Command {
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
    .option('--threads <count>', 'nodes that run at the same time', positiveInteger)
    .option('--vars <yaml>', "variables as YAML, e.g. '{start: 2024-01-01}'")
    .addOption(new Option('--role <name>', 'role that every session takes with SET ROLE').env('OVIS_MODELS_ROLE'))
    .addOption(
      new Option('--log-format <form>', 'plain lines, or one JSON object a line')
        .choices(['text', 'json', 'default', 'debug'])
        .default('text'),
    )
    .option('--no-partial-parse', 'read everything anew; parse alone keeps what it read, in the target folder')
    .option('-q, --quiet', 'say only what failed', false)
    .option('-f, --full-refresh', 'build incremental models and seeds anew', false);
}

function withSelection(command: Command): Command {
  return withConnection(command)
    .option(
      '-s, --select <selector...>',
      'what to run: names, tag:, path:, source:, state:, +above, below+, a,b for both',
    )
    .option('-m, --models <selector...>', 'the same as --select')
    .option('--exclude <selector...>', 'what to leave out of it')
    .option('--selector <name>', 'a selector of selectors.yml')
    .addOption(
      new Option('--indirect-selection <mode>', 'how tests are chosen with what they read').choices([
        'eager',
        'cautious',
        'buildable',
        'empty',
      ]),
    )
    .option('--resource-type <type...>', 'only these')
    .option('--exclude-resource-type <type...>', 'none of these')
    .option('--state <folder>', 'artifacts of a former run, for state:, result: and --defer')
    .option('--defer-state <folder>', 'artifacts for --defer, where they are others');
}

function withRunOptions(command: Command): Command {
  return withSelection(command)
    .option('--defer', 'read what is not built here where the former run built it', false)
    .option('--no-defer')
    .option('--favor-state', 'read it there even if it is built here', false)
    .option('--empty', 'build tables without rows', false)
    .option('-x, --fail-fast', 'end the run at the first failure', false)
    .option('--store-failures', 'keep the rows that tests find', false)
    .option('--warn-error', 'take warnings of tests as failures', false)
    .option('--event-time-start <moment>', 'where the batches of microbatch models start')
    .option('--event-time-end <moment>', 'where they end')
    .option('--no-write-json', 'write no manifest.json and run_results.json');
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number from 1');
  return value;
}
