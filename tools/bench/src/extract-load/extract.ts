import { fileURLToPath } from 'node:url';
import { BenchError } from '../errors.ts';
import { startProcess } from '../measuring/child-process.ts';
import type { MeasuredAsset } from './copy-baseline.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
const STANDING_WORKER = fileURLToPath(new URL('standing-worker.ts', import.meta.url));
/** Often enough that one tick has passed today, and seldom enough that none passes between two extractions. */
const CRON = '0 0 * * *';

/** What an extraction says of itself. */
export interface Extraction {
  readonly outcome: string;
  readonly rows: number;
  readonly unchanged: number;
  readonly requests: number;
  readonly fallbacks: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

/** Tasks at the same time in all processes together. */
const TASKS = 64;

/** Processes that work on tasks beside the one that is measured. */
export interface StandingWorkers extends AsyncDisposable {
  readonly count: number;
}

/** Starts them; they are warm when something is measured, as those of a deployment are. */
export async function startWorkers(env: Readonly<Record<string, string>>, count: number): Promise<StandingWorkers> {
  const tasks = String(Math.ceil(TASKS / (count + 1)));
  const workers = Array.from({ length: count }, () => startProcess(STANDING_WORKER, [tasks], env));
  await Promise.all(workers.map((worker) => worker.line(/^ready$/)));
  return {
    count,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
}

/**
 * Extracts an asset in a process of its own, which others may help.
 * @throws BenchError if it does not succeed.
 */
export async function extract(
  env: Readonly<Record<string, string>>,
  asset: MeasuredAsset,
  helpers = 0,
): Promise<Extraction> {
  const worker = startProcess(WORKER, [asset, CRON, String(Math.ceil(TASKS / (helpers + 1)))], env);
  const [text] = await worker.line(/^\{.*\}$/);
  await worker.end();
  const extraction = JSON.parse(text) as Extraction;
  if (extraction.outcome === 'succeeded') return extraction;
  throw new BenchError(`the extraction ended as "${extraction.outcome}": ops.tasks of the bench's database says why`);
}
