import { fileURLToPath } from 'node:url';
import { BenchError } from '../errors.ts';
import { startProcess } from '../measuring/child-process.ts';
import type { MeasuredAsset } from './copy-baseline.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
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

/** Extracts an asset in a process of its own. @throws BenchError if it does not succeed. */
export async function extract(env: Readonly<Record<string, string>>, asset: MeasuredAsset): Promise<Extraction> {
  const worker = startProcess(WORKER, [asset, CRON], env);
  const [text] = await worker.line(/^\{.*\}$/);
  await worker.end();
  const extraction = JSON.parse(text) as Extraction;
  if (extraction.outcome === 'succeeded') return extraction;
  throw new BenchError(`the extraction ended as "${extraction.outcome}": ops.tasks of the bench's database says why`);
}
