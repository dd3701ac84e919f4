import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startApi } from '../testing/start-http-api.ts';

const run = promisify(execFile);
const VERSION = '4.32.5';
const FOLDER = join(import.meta.dirname, '../../../../node_modules/.cache/schemathesis', VERSION);
const PROGRAM = join(FOLDER, 'bin/schemathesis');

const OPTIONS = [
  '--phases=examples,coverage,fuzzing',
  '--max-examples=100',
  '--request-timeout=10',
  '--no-color',
  '--checks=all',
  // A time that is no tick, and a place in another list, look right and are refused.
  '--exclude-checks=positive_data_acceptance',
  // Streams do not end; they have tests of their own.
  '--exclude-path-regex=events',
];

/** Installs the tester beside the packages of this repository. @returns why that is not possible, or null. */
async function install(): Promise<string | null> {
  if (existsSync(PROGRAM)) return null;
  try {
    await run('python3', ['-m', 'venv', FOLDER]);
    const wanted = `schemathesis==${VERSION}`;
    await run(join(FOLDER, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', wanted]);
    return null;
  } catch {
    return 'SKIPPED: python3 with venv, or PyPI, is out of reach; the API is not compared with its description by schemathesis';
  }
}

test('the API keeps what its description promises, whatever is sent', { timeout: 600_000 }, async (context) => {
  const obstacle = await install();
  if (obstacle !== null) return context.skip(obstacle);
  await using api = await startApi();
  const options = { cwd: FOLDER, maxBuffer: 64 * 1024 * 1024 };
  const ended = await run(PROGRAM, ['run', `${api.url}/openapi.json`, ...OPTIONS], options).then(
    ({ stdout }) => ({ passed: true, stdout }),
    (error: { readonly stdout?: string }) => ({
      passed: false,
      stdout: error.stdout ?? 'schemathesis could not be started',
    }),
  );
  expect(ended.passed ? '' : ended.stdout).toBe('');
  expect(ended.stdout).toMatch(/\d+ generated, \d+ passed/);
  expect(api.errors).toEqual([]);
});
