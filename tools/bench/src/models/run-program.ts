import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { BenchError } from '../errors.ts';

/** How often the peak is read: only what is taken in the last moments is missed. */
const SAMPLE_MS = 20;

/** A program with its first arguments, and how it is run. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What one run of a program took. */
export interface Taken {
  readonly seconds: number;
  /** The greatest resident memory of the process; null where the system has no `/proc`. */
  readonly peakMegabytes: number | null;
}

/** Runs a program to its end. @throws BenchError with the end of its output when it fails. */
export async function runProgram({ command, args, cwd, env }: Program): Promise<Taken> {
  const begin = performance.now();
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-4_000)));
  let peakMegabytes: number | null = null;
  const sampling = setInterval(() => {
    void readPeak(child.pid).then((peak) => (peakMegabytes = peak ?? peakMegabytes));
  }, SAMPLE_MS);
  const { code, end } = await new Promise<{ readonly code: number | null; readonly end: number }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ code: status, end: performance.now() }));
  }).finally(() => clearInterval(sampling));
  if (code !== 0) throw new BenchError(`${command} ${args.join(' ')} ended with code ${String(code)}:\n${output}`);
  return { seconds: (end - begin) / 1_000, peakMegabytes };
}

async function readPeak(pid: number | undefined): Promise<number | null> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmHWM:\s+(\d+) kB$/mu.exec(status)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1024;
}
