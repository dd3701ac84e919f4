import type { Pool } from 'pg';

/** How often the allowlist kept a field out, over the writings of an asset in a range. */
export interface AllowlistDrop {
  readonly asset: string;
  /** A named field, or the parent of unnamed ones such as `configuration.*`. */
  readonly path: string;
  /** `dropped`: not named; `mismatched`: named, of the wrong type, range or form. */
  readonly kind: 'dropped' | 'mismatched';
  readonly count: number;
  /** Of the runs in the range, how many kept it out. */
  readonly runs: number;
  /** The newest logical time at which it was kept out. */
  readonly lastScheduledFor: Date;
}

/**
 * What the allowlist kept out of runs with `from` <= scheduledFor < `to`, the most frequent of each asset first.
 *
 * @param question.asset only of this one.
 */
export async function readAllowlistDrops(
  pool: Pool,
  question: { readonly from: Date; readonly to: Date; readonly asset?: string; readonly atMost: number },
): Promise<readonly AllowlistDrop[]> {
  const { rows } = await pool.query<{
    asset: string;
    path: string;
    kind: AllowlistDrop['kind'];
    count: number;
    runs: number;
    last_scheduled_for: Date;
  }>(
    `select asset, path, kind, sum(count)::double precision as count, count(*)::integer as runs,
       max(scheduled_for) as last_scheduled_for
     from ops.allowlist_drops
     join ops.runs using (run_id)
     where scheduled_for >= $1 and scheduled_for < $2 and ($3::text is null or asset = $3) and count > 0
     group by asset, path, kind
     order by asset, sum(count) desc, path, kind
     limit $4`,
    [question.from, question.to, question.asset ?? null, question.atMost],
  );
  return rows.map(({ last_scheduled_for: lastScheduledFor, ...drop }) => ({ ...drop, lastScheduledFor }));
}
