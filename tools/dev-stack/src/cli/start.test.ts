import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const START = resolve(import.meta.dirname, 'start.ts');

interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs `npm start` with shards of its own, so that a test starts no fleet that it does not ask for. */
async function start(arguments_: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn(process.execPath, ['--conditions=ovis-source', START, ...arguments_], {
    env: { ...process.env, OVIS_SHARDS: 'http://127.0.0.1:9', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, output };
}

describe('npm start', () => {
  test.each([
    [['--devices', '4'], "argument '4' is invalid. expected a whole number from 5 to 10000000."],
    [['--seed', 'x'], "argument 'x' is invalid. expected a whole number from 1 to 10000000."],
    [['--profile', 'chaotic'], 'Allowed choices are tidy, untidy.'],
    [['--bogus'], "unknown option '--bogus'"],
    [['extra'], 'too many arguments'],
  ])('refuses %j with exit code 2', async (arguments_, message) => {
    const { exitCode, output } = await start(arguments_);
    expect(output).toContain(message);
    expect(output).not.toContain('    at ');
    expect(exitCode).toBe(2);
  });

  test('shows its help with exit code 0', async () => {
    expect(await start(['--help'])).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('Usage:') as unknown,
    });
  });

  test('ends when the database cannot be used, instead of keeping a fleet without one', async () => {
    const { exitCode, output } = await start([], {
      DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/x',
      OVIS_SHARDS: '',
    });
    expect(output).toContain('nothing listens there');
    expect(output).not.toContain('keep running');
    expect(output).not.toContain('hidden@');
    expect(exitCode).not.toBe(0);
  });
});
