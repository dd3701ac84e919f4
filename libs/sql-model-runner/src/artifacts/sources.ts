import type { Invocation } from '../compile/base-context.ts';
import type { SourceFreshness } from '../run/source-freshness.ts';
import { artifactMetadata } from './metadata.ts';

/** `sources.json`, in version 3 of dbt's schema. */
export function sourcesArtifact(results: readonly SourceFreshness[], invocation: Invocation, now: Date): object {
  return {
    metadata: artifactMetadata('sources/v3', invocation, now),
    results: results.map((result) =>
      result.snapshottedAt === null
        ? { unique_id: result.uniqueId, error: result.message, status: 'runtime error' }
        : {
            unique_id: result.uniqueId,
            max_loaded_at: (result.maxLoadedAt ?? new Date(0)).toISOString(),
            snapshotted_at: result.snapshottedAt.toISOString(),
            max_loaded_at_time_ago_in_s: result.ageSeconds,
            status: result.status,
            criteria: { warn_after: result.warnAfter, error_after: result.errorAfter, filter: result.filter },
            adapter_response: {},
            timing: [],
            thread_id: 'main',
            execution_time: result.seconds,
          },
    ),
    elapsed_time: (now.getTime() - invocation.startedAt.getTime()) / 1000,
  };
}
