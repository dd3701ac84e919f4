import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../../..');
/** Starting from the sources takes half the time when they were compiled before. */
const COMPILE_CACHE = resolve(ROOT, '.ovis/compile-cache');

/** What a program said and how it ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program in a process of its own. */
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has said so far, of both streams. */
  said(): string;
}

/** Starts one of the platform's programs as its users do, with nothing but these settings in its environment. */
export function start(
  program: 'backfill-cli' | 'scheduler',
  arguments_: readonly string[],
  settings: Readonly<Record<string, string>>,
): Started {
  const { PATH = '' } = process.env;
  const main = resolve(ROOT, 'apps', program, 'src/main.ts');
  const child = spawn(process.execPath, ['--conditions=ovis-source', main, ...arguments_], {
    env: { PATH, NODE_COMPILE_CACHE: COMPILE_CACHE, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(() => ({ exitCode: child.exitCode, stdout, stderr }));
  return { child, ended, said: () => stdout + stderr };
}
