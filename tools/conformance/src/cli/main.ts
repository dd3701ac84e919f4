import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '@ovis/dev-stack';
import { Command } from 'commander';
import { DbtWorker } from '../dbt/dbt-worker.ts';
import { findDbtPython } from '../dbt/find-dbt.ts';
import { compareProject, type ProjectVerdict } from '../project/compare-project.ts';
import { tableOf } from './table.ts';

const PROJECTS = fileURLToPath(new URL('../../projects', import.meta.url));

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function compare(folders: readonly string[], options: { verbose: boolean; only?: string }): Promise<void> {
  const python = await findDbtPython(process.env);
  if (python === null) {
    say('there is no dbt here: run "install-dbt" first, or set OVIS_DBT_PYTHON to a Python that has dbt-postgres');
    process.exitCode = 2;
    return;
  }
  await using server = await startPostgres({ settings: { fsync: 'off' } });
  await using dbt = await DbtWorker.start(python);
  const verdicts: ProjectVerdict[] = [];
  for (const folder of folders.length === 0 ? await ownProjects(options.only) : folders.map((path) => resolve(path))) {
    const verdict = await compareProject(folder, server, dbt);
    verdicts.push(verdict);
    say(`${verdict.differences.length === 0 ? 'equal    ' : 'different'} ${verdict.project}`);
    if (options.verbose)
      for (const { step, dbt: theirs, ours } of verdict.outputs) say(`--- ${step}: dbt\n${theirs}\n--- ours\n${ours}`);
  }
  say(tableOf(verdicts));
  if (verdicts.some(({ differences }) => differences.length > 0)) process.exitCode = 1;
}

async function ownProjects(only: string | undefined): Promise<readonly string[]> {
  const names = (await readdir(PROJECTS)).toSorted();
  return names
    .filter((name) => only === undefined || new RegExp(only, 'u').test(name))
    .map((name) => join(PROJECTS, name));
}

const program = new Command('conformance').description(
  'Runs dbt projects through dbt-core and through sql-model-runner and compares every table.',
);
program
  .command('compare', { isDefault: true })
  .argument('[folders...]', 'dbt projects; without any, those of this tool')
  .option('--only <pattern>', 'own projects whose name matches this')
  .option('--verbose', 'print what both said where they differ', false)
  .action(compare);
program
  .command('install-dbt')
  .description('installs dbt-core and dbt-postgres from PyPI below node_modules/.cache')
  .action(async () => {
    const { installDbt } = await import('../dbt/install-dbt.ts');
    const found = await findDbtPython(process.env);
    if (found !== null) return say(`dbt: installed already for ${found}`);
    try {
      say(`dbt: installed for ${await installDbt()}`);
    } catch {
      // A machine without Python, venv or PyPI has everything else tested.
      say('dbt: SKIPPED, python3 with venv, or PyPI, is out of reach; the tests beside dbt-core are left out');
    }
  });
await program.parseAsync();
