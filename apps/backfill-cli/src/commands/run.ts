import { createInterface } from 'node:readline/promises';
import { createBackfill, readBackfill, UsageError } from '@ovis/orchestrator';
import { createCatalog, openPlatform, type Platform } from '@ovis/pipeline';
import { clockOf, isJson, type CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';
import type { LoadPlan } from '../plan/load-plan.ts';
import { makePlan, type Plan } from '../plan/make-plan.ts';
import type { PlanOptions } from '../plan/plan-options.ts';
import { countOf } from '../terminal/count-of.ts';
import { planLines, planSummary } from '../terminal/plan-lines.ts';
import { statusJson } from '../terminal/status-lines.ts';
import { PROGRAM } from '../version.ts';
import { shortId, workToTheEnd } from '../work-to-the-end.ts';
import { rebuild } from '../rebuild.ts';

/** Options of `ovis-backfill run`, as typed. */
export interface RunCommandOptions extends PlanOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
}

/** Loads a range again, or builds models again over it. @returns the exit code. */
export async function runCommand(target: string, options: RunCommandOptions, context: CommandContext): Promise<number> {
  const json = isJson(options);
  const { output, display } = context;
  const clock = clockOf(options);
  const settings = await context.settings();
  await using platform = await openPlatform(settings, PROGRAM);
  const { pool, resources } = platform;
  const catalog = createCatalog();
  const plan = await makePlan(target, options, {
    catalog,
    timeZone: settings.timeZone,
    pool,
    resources,
    now: clock.now(),
  });
  if (options.dryRun === true) {
    output.write(`${json ? JSON.stringify(plan, null, 2) : planLines(plan).join('\n')}\n`);
    return EXIT.done;
  }
  if (plan.kind === 'load' && plan.days.length === 0) {
    output.write(json ? `${JSON.stringify({ plan, state: 'succeeded' }, null, 2)}\n` : nothingToDo(plan));
    return EXIT.done;
  }
  if (!json) display.write(`${planLines(plan).join('\n')}\n\n`);
  if (options.yes !== true && isBig(plan) && !(await confirm(plan, context))) {
    display.write('nothing was started\n');
    return EXIT.interrupted;
  }
  if (plan.kind === 'rebuild') {
    if (options.detach === true) throw new UsageError('models are built by this process: leave out --detach');
    return await rebuild(plan, { resources, context, json });
  }
  const backfillId = await createBackfill(pool, { ...wanted(plan), now: clock.now() });
  if (options.detach === true) return await detached(backfillId, platform, { json, context });
  return await workToTheEnd(backfillId, { platform, settings, catalog, clock, context, json });
}

/** Leaves a backfill to the scheduler's processes. */
export async function detached(
  backfillId: string,
  { pool }: Pick<Platform, 'pool'>,
  { json, context }: { readonly json: boolean; readonly context: CommandContext },
): Promise<number> {
  const status = await readBackfill(pool, backfillId);
  const { rows } = await pool.query<{ workers: number }>(
    `select count(*)::integer as workers from ops.workers where seen_at > now() - interval '10 s'`,
  );
  const workers = rows[0]?.workers ?? 0;
  const id = shortId(backfillId);
  const lines = [
    `backfill ${id} waits for the scheduler's processes (${workers === 0 ? 'none is running now: start ovis-scheduler serve' : `${String(workers)} running`})`,
    `follow it: ovis-backfill status ${id} --follow`,
    `end it:    ovis-backfill cancel ${id}`,
  ];
  const text = json && status ? JSON.stringify(statusJson(status), null, 2) : lines.join('\n');
  context.output.write(`${text}\n`);
  return EXIT.done;
}

function wanted(plan: LoadPlan): Omit<Parameters<typeof createBackfill>[1], 'now'> {
  const { target, job, assets, range, customers, shards, concurrency, days } = plan;
  return { target, job, assets, range, customers, shards, concurrency, ticks: days.flatMap(({ ticks }) => ticks) };
}

function nothingToDo({ target, range, alreadyLoaded, notDue }: LoadPlan): string {
  const why = [
    ...(alreadyLoaded > 0 ? [`${countOf(alreadyLoaded, 'day')} loaded in full`] : []),
    ...(notDue > 0 ? [`${countOf(notDue, 'day')} not over yet`] : []),
  ];
  return `nothing to load of ${target} from ${range.from} to ${range.to}: ${why.join(', ')}\n`;
}

const BIG = { days: 7, requests: 5_000, seconds: 600 } as const;

/** Whether somebody should have a look before it begins. */
export function isBig(plan: Plan): boolean {
  if (plan.kind === 'rebuild') return plan.models.some(({ way }) => way === 'full_refresh');
  const { estimate, days } = plan;
  return days.length > BIG.days || (estimate?.requests ?? 0) > BIG.requests || (estimate?.seconds ?? 0) > BIG.seconds;
}

async function confirm(plan: Plan, { display, signal }: CommandContext): Promise<boolean> {
  if (!process.stdin.isTTY || !display.isTTY) {
    throw new UsageError(`this is a big one (${planSummary(plan)}) and nobody can be asked here: add --yes`);
  }
  const asking = createInterface({ input: process.stdin, output: display });
  // On a terminal the question gets Ctrl-C, and not the process.
  const interrupted = new AbortController();
  asking.once('SIGINT', () => interrupted.abort());
  const ending = AbortSignal.any([signal, interrupted.signal]);
  try {
    const answer = await asking.question('this is a big one; start it? [y/N] ', { signal: ending });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (ending.aborted) return false;
    throw error;
  } finally {
    asking.close();
  }
}
