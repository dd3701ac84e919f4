import type { Pool } from 'pg';
import { addCounters, emptyCounters, type TaskCounters } from '../task-counters.ts';
import { scopeKey } from './plan-tasks.ts';

/** What the tasks of a step came to. */
export interface StepTotals {
  readonly tasks: number;
  readonly succeededTasks: number;
  /** Tasks that did not succeed. */
  readonly failedTasks: number;
  readonly failedScopes: number;
  /** When the last of them ended; null if none has. */
  readonly finishedAt: Date | null;
  readonly customers: number;
  /** For whom a faster way was refused. */
  readonly fallbackCustomers: number;
  readonly counters: TaskCounters;
  readonly errorsByClass: Readonly<Record<string, number>>;
  /** The failures, at most ten, for people. */
  readonly failures: readonly { readonly key: string; readonly errorClass: string; readonly message: string }[];
}

const MOST_FAILURES = 10;

/** Adds up the tasks of a step. */
export async function readStepTotals(
  pool: Pool,
  step: { readonly runId: string; readonly asset: string },
  scopes: readonly string[],
): Promise<StepTotals> {
  const { rows } = await pool.query<{
    task_key: string;
    state: string;
    customer_id: string | null;
    counters: Partial<TaskCounters>;
    error_class: string | null;
    error_message: string | null;
    finished_at: Date | null;
  }>(
    `select task_key, state, customer_id, counters, error_class, error_message, finished_at from ops.tasks
     where run_id = $1 and asset = $2 order by task_key`,
    [step.runId, step.asset],
  );
  const scopeKeys = new Set(scopes.map(scopeKey));
  const tasks = rows.filter((row) => !scopeKeys.has(row.task_key));
  const failed = rows.filter((row) => row.state === 'failed');
  const counters = emptyCounters();
  for (const row of rows) addCounters(counters, row.counters);
  const errorsByClass: Record<string, number> = {};
  for (const { error_class: errorClass } of failed) {
    if (errorClass !== null) errorsByClass[errorClass] = (errorsByClass[errorClass] ?? 0) + 1;
  }
  return {
    tasks: tasks.length,
    succeededTasks: tasks.filter((row) => row.state === 'succeeded').length,
    // What is neither is open still: nobody works on it any more when the step is judged.
    failedTasks: tasks.filter((row) => row.state !== 'succeeded').length,
    failedScopes: failed.length - tasks.filter((row) => row.state === 'failed').length,
    finishedAt: latest(rows.map((row) => row.finished_at)),
    customers: customersOf(tasks.filter((row) => row.state === 'succeeded')),
    fallbackCustomers: customersOf(tasks.filter(hasFallenBack)),
    counters,
    errorsByClass,
    failures: failed.slice(0, MOST_FAILURES).map((row) => ({
      key: row.task_key,
      errorClass: row.error_class ?? 'unknown',
      message: row.error_message ?? '',
    })),
  };
}

function customersOf(tasks: readonly { readonly customer_id: string | null }[]): number {
  return new Set(tasks.flatMap((row) => row.customer_id ?? [])).size;
}

function hasFallenBack({ counters }: { readonly counters: Partial<TaskCounters> }): boolean {
  return Object.keys(counters.fallbackClasses ?? {}).length > 0;
}

function latest(times: readonly (Date | null)[]): Date | null {
  const known = times.flatMap((time) => (time === null ? [] : [time.getTime()]));
  return known.length === 0 ? null : new Date(known.reduce((a, b) => Math.max(a, b)));
}
