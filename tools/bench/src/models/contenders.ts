import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** A program that takes dbt's command line. */
export interface Contender {
  readonly name: 'dbt-core' | 'ovis-models';
  readonly command: string;
  readonly args: readonly string[];
}

/** dbt as tools/conformance installs it, or the one beside the Python of `OVIS_DBT_PYTHON`; null where there is none. */
export async function findDbt(): Promise<Contender | null> {
  const python = process.env['OVIS_DBT_PYTHON'] ?? '';
  const folder = python === '' ? join(ROOT, 'node_modules/.cache/dbt/bin') : dirname(python);
  const command = join(folder, 'dbt');
  const isThere = await access(command).then(
    () => true,
    () => false,
  );
  return isThere ? { name: 'dbt-core', command, args: [] } : null;
}

/** The runner, built, as those who install it have it. */
export async function buildRunner(): Promise<Contender> {
  await promisify(execFile)(join(ROOT, 'node_modules/.bin/nx'), ['build', '@ovis/sql-model-runner'], {
    cwd: ROOT,
    env: { ...process.env, NX_DAEMON: 'false' },
  });
  const main = join(ROOT, 'libs/sql-model-runner/dist/cli/main.js');
  return { name: 'ovis-models', command: process.execPath, args: [main] };
}
