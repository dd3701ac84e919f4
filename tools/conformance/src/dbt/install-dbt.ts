import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DBT_FOLDER } from './find-dbt.ts';

const run = promisify(execFile);

/** The versions that conformance is judged by. */
export const DBT_PACKAGES = ['dbt-core==1.11.16', 'dbt-postgres==1.11.0'] as const;

/** Installs dbt from PyPI into {@link DBT_FOLDER}. @throws when Python or PyPI are out of reach. */
export async function installDbt(): Promise<string> {
  await run('python3', ['-m', 'venv', DBT_FOLDER]);
  const python = join(DBT_FOLDER, 'bin', 'python');
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...DBT_PACKAGES], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return python;
}
