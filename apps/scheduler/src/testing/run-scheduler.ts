import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { simulatorSettings } from '@ovis/dev-stack';
import type { Simulator } from '@ovis/fleet-simulator';

const MAIN = resolve(import.meta.dirname, '../main.ts');
/** Starting from the sources takes half the time when they were compiled before. */
const COMPILE_CACHE = resolve(import.meta.dirname, '../../../../.ovis/compile-cache');

/** What a program said and how it ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program in a process of its own, with nothing but these settings in its environment. */
export interface StartedScheduler {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts `ovis-scheduler` as its users do. */
export function startScheduler(
  arguments_: readonly string[],
  settings: Readonly<Record<string, string>>,
): StartedScheduler {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['--conditions=ovis-source', MAIN, ...arguments_], {
    env: { PATH, NODE_COMPILE_CACHE: COMPILE_CACHE, ...settings },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(() => ({ exitCode: child.exitCode, stdout, stderr }));
  return { child, ended };
}

/** Runs `ovis-scheduler` to its end. */
export function runScheduler(
  arguments_: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<Ended> {
  return startScheduler(arguments_, settings).ended;
}

/** The settings that lead to a database and a simulated fleet. */
export function settingsFor(databaseUrl: string, simulator: Simulator): Readonly<Record<string, string>> {
  return { DATABASE_URL: databaseUrl, ...simulatorSettings(simulator) };
}
