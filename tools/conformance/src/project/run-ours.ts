import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command, CommandOutcome } from '../dbt/dbt-worker.ts';

const MAIN = fileURLToPath(new URL('../../../../libs/sql-model-runner/src/cli/main.ts', import.meta.url));

/** Runs the same command through `ovis-models`. */
export async function runOurs({ args, cwd, env }: Command): Promise<CommandOutcome> {
  const { DATABASE_URL: _, ...inherited } = process.env;
  const child = spawn(process.execPath, ['--conditions=ovis-source', '--no-warnings', MAIN, ...args], {
    cwd,
    env: { ...inherited, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 2));
  });
  return { code, output };
}
