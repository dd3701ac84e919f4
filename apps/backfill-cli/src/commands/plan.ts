import { createCatalog, openPlatform } from '@ovis/pipeline';
import { clockOf, isJson, type CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { PlanOptions } from '../plan/plan-options.ts';
import { planLines } from '../terminal/plan-lines.ts';
import { PROGRAM } from '../version.ts';

/** Prints what a backfill would do. @returns the exit code. */
export async function planCommand(target: string, options: PlanOptions, context: CommandContext): Promise<number> {
  const json = isJson(options);
  const now = clockOf(options).now();
  const settings = await context.settings();
  await using platform = await openPlatform(settings, PROGRAM);
  const { pool, resources } = platform;
  const plan = await makePlan(target, options, {
    catalog: createCatalog(),
    timeZone: settings.timeZone,
    pool,
    resources,
    now,
  });
  context.output.write(`${json ? JSON.stringify(plan, null, 2) : planLines(plan).join('\n')}\n`);
  return EXIT.done;
}
