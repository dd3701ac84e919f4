import type { Pool } from 'pg';

/** What one asset's newest run kept out. */
export interface RecentDrops {
  readonly asset: string;
  readonly runId: string;
  readonly scheduledFor: Date;
  readonly drops: readonly {
    /** A named field, or the parent of unnamed ones such as `configuration.*`. */
    readonly path: string;
    /** `dropped`: not named; `mismatched`: named, of the wrong type, range or form. */
    readonly kind: 'dropped' | 'mismatched';
    readonly count: number;
  }[];
}

interface DropRow {
  readonly asset: string;
  readonly run_id: string;
  readonly scheduled_for: Date;
  readonly drops: readonly { readonly path: string; readonly kind: 'dropped' | 'mismatched'; readonly count: number }[];
}

const NEWEST_DROPS = `
with newest as (
  select distinct on (asset) asset, run_id from ops.materializations
  where asset like 'raw.%' order by asset, materialization_id desc
)
select newest.asset, newest.run_id, runs.scheduled_for,
  coalesce(jsonb_agg(jsonb_build_object('path', path, 'kind', kind, 'count', count) order by count desc, path, kind)
    filter (where path is not null), '[]') as drops
from newest join ops.runs using (run_id) left join ops.allowlist_drops using (run_id, asset)
group by newest.asset, newest.run_id, runs.scheduled_for order by newest.asset`;

/** What the newest run of each raw table kept out, most frequent first; nothing for a table that was never loaded. */
export async function readRecentDrops(pool: Pool): Promise<readonly RecentDrops[]> {
  const { rows } = await pool.query<DropRow>(NEWEST_DROPS);
  return rows.map((row) => ({
    asset: row.asset,
    runId: row.run_id,
    scheduledFor: row.scheduled_for,
    drops: row.drops,
  }));
}
