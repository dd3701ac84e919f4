import type { Pool } from 'pg';
import type { ExtractAsset } from '../asset.ts';

/** What loading one period of an asset took before. */
export interface PeriodEstimate {
  readonly asset: string;
  readonly requests: number;
  readonly seconds: number;
  readonly rows: number;
  /** Customers in the newest run, by shard; empty if the asset has none. */
  readonly customersByShard: Readonly<Record<string, number>>;
  /** How many materializations it was made from. */
  readonly basedOn: number;
}

/**
 * Estimates what loading one period of an asset in full takes, by the medians of the last materializations: of backfills if there were any,
 * otherwise of scheduled runs, less what these ask for besides their own period.
 *
 * @returns null if it was never loaded.
 */
export async function estimatePeriod<Resources>(
  pool: Pool,
  asset: ExtractAsset<Resources>,
  resources: Resources,
): Promise<PeriodEstimate | null> {
  const { rows } = await pool.query<{
    is_backfill: boolean;
    requests: number;
    seconds: number;
    rows: number;
    based_on: number;
  }>(
    `with latest as (
       select backfill_id is not null as is_backfill, requests, duration_seconds,
         coalesce(rows_inserted, 0) + coalesce(rows_updated, 0) + coalesce(rows_unchanged, 0) as rows,
         row_number() over (partition by backfill_id is not null order by materializations.finished_at desc) as place
       from ops.materializations
       join ops.runs using (run_id)
       left join ops.backfills using (backfill_id)
       where asset = $1 and materializations.state in ('succeeded', 'partly_failed') and backfills.customers is null and backfills.shards is null
     )
     select is_backfill, percentile_cont(0.5) within group (order by requests) as requests,
       percentile_cont(0.5) within group (order by duration_seconds) as seconds,
       percentile_cont(0.5) within group (order by rows) as rows, count(*)::integer as based_on
     from latest where place <= 15 group by 1 order by 1 desc`,
    [asset.name],
  );
  const best = rows[0];
  if (!best) return null;
  const share = best.is_backfill ? 1 : (asset.ownPeriodShare?.(resources) ?? 1);
  return {
    asset: asset.name,
    requests: Math.ceil(best.requests * share),
    seconds: best.seconds * share,
    rows: Math.ceil(best.rows * share),
    customersByShard: asset.isByCustomer === true ? await customersByShard(pool, asset.name) : {},
    basedOn: best.based_on,
  };
}

async function customersByShard(pool: Pool, asset: string): Promise<Readonly<Record<string, number>>> {
  const { rows } = await pool.query<{ shard: string; customers: number }>(
    `select shard, count(distinct customer_id)::integer as customers from ops.tasks
     where customer_id is not null and run_id = (
       select run_id from ops.runs join ops.materializations using (run_id) left join ops.backfills using (backfill_id)
       where asset = $1 and backfills.customers is null and backfills.shards is null
       order by materializations.finished_at desc limit 1)
       and asset = $1
     group by 1 order by 1`,
    [asset],
  );
  return Object.fromEntries(rows.map(({ shard, customers }) => [shard, customers]));
}

/** Of these customers, those that no run has met. Empty as long as no run has met any. */
export async function unknownCustomers(pool: Pool, customers: readonly string[]): Promise<readonly string[]> {
  const { rows } = await pool.query<{ known: readonly string[] | null; is_any: boolean }>(
    `select (select array_agg(distinct customer_id) from ops.tasks where customer_id = any ($1)) as known,
       exists (select from ops.tasks where customer_id is not null) as is_any`,
    [customers],
  );
  const known = rows[0]?.known ?? [];
  return rows[0]?.is_any === true ? customers.filter((customer) => !known.includes(customer)) : [];
}
