import { parseDayRange, UsageError } from '@ovis/orchestrator';
import { planRebuild, type RebuildPlan } from '@ovis/pipeline';
import { parseConcurrency, parseList } from '../command-context.ts';
import { findTarget } from './find-target.ts';
import { planLoad, type LoadPlan, type PlanContext } from './load-plan.ts';
import type { PlanOptions } from './plan-options.ts';

/** What would be done: raw tables loaded, or models built again. */
export type Plan = LoadPlan | ({ readonly kind: 'rebuild'; readonly target: string } & RebuildPlan);

/** @throws UsageError naming the option, or what cannot be asked for. */
export async function makePlan(name: string, options: PlanOptions, context: PlanContext): Promise<Plan> {
  const { catalog, resources, now } = context;
  const range = parseDayRange(options, now);
  if (!range)
    throw new UsageError('which days? Say --from and --to, such as --from 2026-11-01 --to 2026-11-08, or --last 30d');
  const concurrency = parseConcurrency(options.concurrency);
  const customers = parseList('--customers', options.customers);
  const shards = parseList('--shards', options.shards);
  const target = await findTarget(catalog, name, resources.models.directory);
  if (target.kind === 'raw' && options.modelsOnly !== true) {
    const wish = { range, customers, shards, missingOnly: options.missingOnly ?? false, concurrency };
    return planLoad(context, target, wish);
  }
  if (customers !== null || shards !== null || options.missingOnly === true) {
    throw new UsageError(
      'models are built for all customers of a day: leave out --customers, --shards and --missing-only',
    );
  }
  const roots =
    target.kind === 'raw' ? { downstreamOf: target.assets.map((asset) => asset.name) } : { model: target.name };
  return { kind: 'rebuild', target: name, ...(await planRebuild(resources, roots, range)) };
}
