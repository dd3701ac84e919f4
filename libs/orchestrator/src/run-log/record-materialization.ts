import type { Pool } from 'pg';
import type { TaskCounters } from '../task-counters.ts';

/** One writing of an asset, with its metadata. */
export interface Materialization {
  readonly runId: string;
  readonly asset: string;
  readonly attempt: number;
  readonly state: 'succeeded' | 'partly_failed' | 'failed';
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly customers: number | null;
  /** Null for a model. */
  readonly fallbackCustomers: number | null;
  /** What its tasks counted; null for a model, which has none. */
  readonly counters: TaskCounters | null;
  /** Rows that a model wrote; null for a view, and where `counters` say more. */
  readonly rows: number | null;
  readonly errorsByClass: Readonly<Record<string, number>>;
}

/**
 * Writes a materialization and what passed and did not pass the allowlist in it.
 *
 * @param interval what is now loaded of the asset, half-open; null if it is not complete.
 */
export async function recordMaterialization(
  pool: Pool,
  materialization: Materialization,
  interval: { readonly start: Date; readonly end: Date; readonly isBackfill?: boolean } | null,
): Promise<void> {
  const { counters, runId, asset } = materialization;
  const drops = [
    ...Object.entries(counters?.dropped ?? {}).map(([path, count]) => ({ path, count, kind: 'dropped' })),
    ...Object.entries(counters?.mismatched ?? {}).map(([path, count]) => ({ path, count, kind: 'mismatched' })),
  ];
  const sum = (kind: string): number | null =>
    counters && drops.reduce((total, drop) => total + (drop.kind === kind ? drop.count : 0), 0);
  await pool.query(
    `with written as (
       insert into ops.materializations (run_id, asset, attempt, state, started_at, finished_at, duration_seconds, customers,
         thermostats, rows_inserted, rows_updated, rows_unchanged, bytes, requests, retries, fallbacks, dropped_fields,
         mismatched_fields, quarantined_rows, errors_by_class, silent_devices, fallback_customers, fallback_seconds, fallbacks_by_class)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $26, $27, $28, $29)
     ), forgotten as (
       delete from ops.allowlist_drops as earlier
       where run_id = $1 and asset = $2 and not exists (
         select from unnest($21::text[], $22::text[]) as counted (path, kind)
         where counted.path = earlier.path and counted.kind = earlier.kind)
     ), dropped as (
       insert into ops.allowlist_drops (run_id, asset, path, kind, count)
       select $1, $2, counted.path, counted.kind, counted.count
       from unnest($21::text[], $22::text[], $23::bigint[]) as counted (path, kind, count)
       on conflict (run_id, asset, path, kind) do update set count = excluded.count
     )
     insert into ops.loaded_intervals (asset, interval_start, interval_end, run_id, loaded_at, by_backfill)
     select $2, $24::timestamptz, $25::timestamptz, $1, $6, $30::boolean where $24::timestamptz is not null
     on conflict (asset, interval_start) do update
       set interval_end = excluded.interval_end, run_id = excluded.run_id, loaded_at = excluded.loaded_at,
           by_backfill = loaded_intervals.by_backfill and excluded.by_backfill`,
    [
      runId,
      asset,
      materialization.attempt,
      materialization.state,
      materialization.startedAt,
      materialization.finishedAt,
      (materialization.finishedAt.getTime() - materialization.startedAt.getTime()) / 1000,
      materialization.customers,
      counters?.thermostats,
      counters ? counters.rowsInserted : materialization.rows,
      counters?.rowsUpdated,
      counters?.rowsUnchanged,
      counters?.bytes,
      counters?.requests,
      counters?.retries,
      counters?.fallbacks,
      sum('dropped'),
      sum('mismatched'),
      counters?.quarantined,
      JSON.stringify(materialization.errorsByClass),
      drops.map((drop) => drop.path),
      drops.map((drop) => drop.kind),
      drops.map((drop) => drop.count),
      interval?.start ?? null,
      interval?.end ?? null,
      counters?.silentDevices,
      materialization.fallbackCustomers,
      counters && counters.fallbackMs / 1000,
      JSON.stringify(counters?.fallbackClasses ?? {}),
      interval?.isBackfill ?? false,
    ],
  );
}
