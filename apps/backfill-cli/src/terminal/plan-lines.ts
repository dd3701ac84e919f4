import { formatCount, formatSeconds, formatTable } from '@ovis/foundation';
import type { RebuildWay } from '@ovis/pipeline';
import { countOf } from './count-of.ts';
import type { LoadPlan, PlannedDay } from '../plan/load-plan.ts';
import type { Plan } from '../plan/make-plan.ts';

const MOST_DAYS = 62;

/** A plan for a person. */
export function planLines(plan: Plan): readonly string[] {
  return plan.kind === 'load' ? loadLines(plan) : rebuildLines(plan);
}

/** One line of what a plan comes to. */
export function planSummary(plan: Plan): string {
  if (plan.kind === 'rebuild') return `${countOf(plan.models.length, 'model')} over ${rangeText(plan)}`;
  const { days, customerCount, estimate } = plan;
  const size = [
    customerCount === null
      ? countOf(days.length, 'day')
      : `${countOf(days.length, 'day')} × ${countOf(customerCount, 'customer')}`,
    ...(estimate
      ? [
          ...(estimate.tasks === null ? [] : [countOf(estimate.tasks, 'task')]),
          `about ${countOf(estimate.requests, 'request')}`,
          `about ${formatSeconds(estimate.seconds)}`,
        ]
      : ['no estimate: it was never loaded']),
  ];
  return size.join(', ');
}

function rangeText({ range }: Pick<Plan, 'range'>): string {
  return `${range.from} to ${range.to} (not included)`;
}

function loadLines(plan: LoadPlan): readonly string[] {
  const { assets, days, customers, shards, skippedAssets, notDue, alreadyLoaded, models, estimate } = plan;
  const only = [
    ...(customers === null ? [] : [`customers ${customers.join(', ')}`]),
    ...(shards === null ? [] : [`shards ${shards.join(', ')}`]),
  ];
  return [
    `${plan.target}, ${rangeText(plan)}${only.length === 0 ? '' : `, only ${only.join(' and ')}`}`,
    '',
    ...formatTable(
      ['day', 'logical time of the run', ...assets],
      days.slice(0, MOST_DAYS).map((day) => dayCells(day, assets)),
    ),
    ...(days.length > MOST_DAYS ? [`and ${countOf(days.length - MOST_DAYS, 'more day')}`] : []),
    ...(alreadyLoaded > 0 ? [`left out, loaded in full already: ${countOf(alreadyLoaded, 'day')}`] : []),
    ...(notDue > 0 ? [`left out, not over yet: ${countOf(notDue, 'day')}`] : []),
    ...skippedAssets.map(({ asset, reason }) => `left out: ${asset}, ${reason}`),
    '',
    `to load: ${planSummary(plan)}`,
    ...(estimate
      ? [`estimated from ${countOf(estimate.basedOn, 'earlier materialization')}; scheduled runs go first`]
      : []),
    models.length === 0
      ? 'models downstream: none'
      : `then built, where a day of theirs has changed: ${models.map(({ name }) => name).join(', ')}`,
  ];
}

function dayCells({ day, ticks, there }: PlannedDay, assets: readonly string[]): readonly string[] {
  const states = assets.map((asset) => {
    const { state, loadedAt } = there[asset] ?? { state: 'missing', loadedAt: null };
    if (state === 'loaded') return loadedAt === null ? 'loaded by a later run' : `loaded ${minuteOf(loadedAt)}`;
    return state === 'partial' ? 'in part' : 'missing';
  });
  return [day, ticks.map(minuteOf).join(', '), ...states];
}

/** `2026-11-23 03:00`, UTC. */
export function minuteOf(moment: Date): string {
  return moment.toISOString().slice(0, 16).replace('T', ' ');
}

const WAYS: Readonly<Record<RebuildWay, string>> = {
  days: 'the days of the range, and what depends on them',
  batches: 'the batches of the range',
  whole: 'the whole table, as always',
  full_refresh: 'all of it (full refresh): it is incremental, but not by day',
  view: 'nothing is stored',
};

function rebuildLines(plan: Extract<Plan, { kind: 'rebuild' }>): readonly string[] {
  const { models, touches } = plan;
  return [
    `models of ${plan.target}, ${rangeText(plan)}, from what raw tables hold; no source is asked`,
    '',
    ...formatTable(
      ['model', 'what is built again'],
      models.map(({ name, way }) => [name, WAYS[way]]),
    ),
    '',
    touches.length === 0
      ? 'raw tables hold no day of the range'
      : `days that raw tables hold of the range: ${touches.map(({ table, days }) => `${table} ${formatCount(days)}`).join(', ')}`,
  ];
}
