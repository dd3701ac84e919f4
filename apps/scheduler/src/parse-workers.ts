import { UsageError } from '@ovis/orchestrator';

const MOST = 64;

/** Reads the number of processes that a person typed. @throws UsageError */
export function parseWorkers(text: string): number {
  const workers = Number(text);
  if (/^\d+$/.test(text) && workers >= 1 && workers <= MOST) return workers;
  throw new UsageError(`--workers is "${text}"; give a whole number from 1 to ${String(MOST)}`);
}
