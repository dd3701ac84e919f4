import type { Pool } from 'pg';

/** An entry of `ops.run_events`. */
export interface RecordedEvent {
  /** Grows with each event. An event with a smaller number may come to sight a moment after one with a greater. */
  readonly eventId: number;
  /** Null for what belongs to no run. */
  readonly runId: string | null;
  readonly asset: string | null;
  readonly taskKey: string | null;
  readonly kind: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly occurredAt: Date;
}

/** The number of the newest event; 0 if there is none. */
export async function newestEventId(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ newest: number }>(
    'select coalesce(max(event_id), 0)::double precision as newest from ops.run_events',
  );
  return rows[0]?.newest ?? 0;
}

/**
 * Events in order.
 *
 * @param range.after the number behind which they begin.
 * @param range.upTo the number up to which they go; no limit if not given.
 * @param range.runId only those of this run.
 */
export async function readEvents(
  pool: Pool,
  range: { readonly after: number; readonly upTo?: number; readonly runId?: string; readonly atMost: number },
): Promise<readonly RecordedEvent[]> {
  const { rows } = await pool.query<{
    event_id: number;
    run_id: string | null;
    asset: string | null;
    task_key: string | null;
    kind: string;
    detail: Readonly<Record<string, unknown>>;
    occurred_at: Date;
  }>(
    `select event_id::double precision as event_id, run_id, asset, task_key, kind, detail, occurred_at
     from ops.run_events
     where run_events.event_id > $1::bigint and ($2::bigint is null or run_events.event_id <= $2)
       ${range.runId === undefined ? 'and $3::uuid is null' : 'and run_id = $3'}
     order by run_events.event_id
     limit $4`,
    [range.after, range.upTo ?? null, range.runId ?? null, range.atMost],
  );
  return rows.map((row) => ({
    eventId: row.event_id,
    runId: row.run_id,
    asset: row.asset,
    taskKey: row.task_key,
    kind: row.kind,
    detail: row.detail,
    occurredAt: row.occurred_at,
  }));
}
