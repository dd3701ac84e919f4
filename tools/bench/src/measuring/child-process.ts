import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { BenchError } from '../errors.ts';

/** A program of ours in a process of its own, whose output lines are read. */
export interface MeasuredProcess extends AsyncDisposable {
  readonly pid: number;
  /** Waits for the first line that `match` takes. */
  line(match: RegExp): Promise<RegExpExecArray>;
  /** Waits until `count` lines match. */
  lines(match: RegExp, count: number): Promise<readonly string[]>;
  /** Waits for its end. @throws BenchError if it fails. */
  end(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a TypeScript file of this repository with Node. */
export function startProcess(
  file: string,
  arguments_: readonly string[],
  env: Readonly<Record<string, string>> = {},
): MeasuredProcess {
  const child = spawn(process.execPath, ['--conditions=ovis-source', file, ...arguments_], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const wake of waiting.splice(0)) wake();
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    async line(match) {
      for (;;) {
        const found = lines.map((line) => match.exec(line)).find((result) => result !== null);
        if (found) return found;
        await Promise.race([new Promise<void>((resolve) => waiting.push(resolve)), failure(child, exited, file)]);
      }
    },
    async lines(match, count) {
      for (;;) {
        const found = lines.filter((line) => match.test(line));
        if (found.length >= count) return found.slice(0, count);
        await Promise.race([new Promise<void>((resolve) => waiting.push(resolve)), failure(child, exited, file)]);
      }
    },
    async end() {
      const [code] = await exited;
      if (code !== 0) throw new BenchError(`${file} ended with code ${String(code)}`);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function failure(child: ChildProcess, exited: Promise<unknown[]>, file: string): Promise<never> {
  await exited;
  throw new BenchError(`${file} ended with code ${String(child.exitCode)} before it said what was awaited`);
}
