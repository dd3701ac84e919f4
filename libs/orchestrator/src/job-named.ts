import type { Catalog, Job, UpstreamJob } from './asset.ts';

/** A job by schedule or by event. */
export type NamedJob =
  { readonly on: 'schedule'; readonly job: Job } | { readonly on: 'upstream'; readonly job: UpstreamJob };

/** Finds a job by its name; null if there is none. */
export function jobNamed(
  { jobs, upstreamJobs = [] }: Pick<Catalog<never>, 'jobs' | 'upstreamJobs'>,
  name: string,
): NamedJob | null {
  const scheduled = jobs.find((job) => job.name === name);
  if (scheduled) return { on: 'schedule', job: scheduled };
  const awaiting = upstreamJobs.find((job) => job.name === name);
  return awaiting ? { on: 'upstream', job: awaiting } : null;
}
