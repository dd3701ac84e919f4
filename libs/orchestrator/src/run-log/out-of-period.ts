import type { Catalog, Job } from '../asset.ts';
import { nextTick, type Schedule } from '../schedule.ts';

/**
 * Why a run cannot be executed at a time: it has not come yet, or its period is over and a source knows only its present state.
 *
 * @returns null if it can be.
 */
export function outOfPeriod<Resources>(
  catalog: Pick<Catalog<Resources>, 'assets'>,
  job: Job,
  times: { readonly scheduledFor: Date; readonly timeZone: string; readonly now: Date },
): string | null {
  const { scheduledFor, now } = times;
  if (now < scheduledFor) return 'the logical time lies in the future; a run is for a tick that has passed';
  const snapshots = catalog.assets.filter(({ name, isSnapshot }) => isSnapshot && job.assets.includes(name));
  if (snapshots.length === 0) return null;
  const schedule: Schedule = { cron: job.cron, timeZone: times.timeZone };
  const following = nextTick(schedule, scheduledFor);
  if (now < following) return null;
  return (
    `${snapshots.map(({ name }) => name).join(' and ')} could be loaded for that time only until ${following.toISOString()}: the ` +
    'source knows only its present state. What was loaded is still there; the models can be rebuilt from it with ovis-models build'
  );
}
