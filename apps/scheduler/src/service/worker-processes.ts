import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** Processes that work on tasks beside this one. */
export interface WorkerProcesses extends AsyncDisposable {
  /** Resolves when all have been ended. */
  readonly ended: Promise<void>;
}

/** One that does not end when it is asked to. */
const KILLED_AFTER_MS = 25_000;
const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 30_000;
/** One that ran for so long was well: its end does not delay the next start. */
const WELL_AFTER_MS = 60_000;

/**
 * Starts processes of this program that only work on tasks, with the same settings; one that ends is started again. They end when this
 * process does, however that ends.
 *
 * @param options.now the present time for simulated fleets, as typed.
 * @param options.onRestart told of each unexpected end.
 */
export function startWorkerProcesses(options: {
  readonly count: number;
  readonly now: string | undefined;
  /** Where their log lines go. */
  readonly logTo: NodeJS.WriteStream;
  readonly onRestart: (end: { readonly exitCode: number | null; readonly signal: string | null }) => void;
}): WorkerProcesses {
  const stop = new AbortController();
  const keepOne = async (): Promise<void> => {
    let delayMs = FIRST_RESTART_MS;
    while (!stop.signal.aborted) {
      const startedMs = performance.now();
      const child = startOne(options.now, options.logTo);
      let killing: NodeJS.Timeout | undefined;
      const end = (): void => {
        child.kill('SIGTERM');
        killing = setTimeout(() => child.kill('SIGKILL'), KILLED_AFTER_MS);
      };
      stop.signal.addEventListener('abort', end, { once: true });
      await new Promise<void>((ended) => {
        child.once('close', () => ended());
        child.once('error', () => ended());
      });
      stop.signal.removeEventListener('abort', end);
      clearTimeout(killing);
      if (stop.signal.aborted) return;
      options.onRestart({ exitCode: child.exitCode, signal: child.signalCode });
      delayMs = performance.now() - startedMs > WELL_AFTER_MS ? FIRST_RESTART_MS : delayMs * 2;
      await sleep(Math.min(delayMs, LONGEST_RESTART_MS), undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const ended = Promise.all(Array.from({ length: options.count }, keepOne)).then(() => undefined);
  return {
    ended,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended;
    },
  };
}

function startOne(now: string | undefined, logTo: NodeJS.WriteStream): ChildProcess {
  const [, program = ''] = process.argv;
  const parameters = ['serve', '--worker', ...(now === undefined ? [] : ['--now', now])];
  // The channel tells the child when this process is gone, even if it was killed.
  return spawn(process.execPath, [...process.execArgv, program, ...parameters], {
    stdio: ['ignore', logTo, 'inherit', 'ipc'],
  });
}
