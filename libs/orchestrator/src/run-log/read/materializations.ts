import type { Pool } from 'pg';

/** One writing of an asset, with what the run has moved of it so far. A count that does not apply to the asset is null. */
export interface MaterializationSummary {
  /** Grows with each writing. */
  readonly materializationId: string;
  readonly runId: string;
  readonly asset: string;
  /** The execution of the run that wrote it. */
  readonly attempt: number;
  readonly state: 'succeeded' | 'partly_failed' | 'failed';
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly durationSeconds: number;
  readonly customers: number | null;
  readonly thermostats: number | null;
  readonly rowsInserted: number | null;
  readonly rowsUpdated: number | null;
  readonly rowsUnchanged: number | null;
  readonly bytes: number | null;
  readonly requests: number | null;
  readonly retries: number | null;
  readonly fallbacks: number | null;
  readonly fallbackCustomers: number | null;
  readonly fallbackSeconds: number | null;
  readonly fallbacksByClass: Readonly<Record<string, number>>;
  readonly silentDevices: number | null;
  readonly droppedFields: number | null;
  readonly mismatchedFields: number | null;
  readonly quarantinedRows: number | null;
  readonly errorsByClass: Readonly<Record<string, number>>;
}

/** Counts are bigint, which the driver hands over as text; none comes near 2^53. */
const COUNTS = [
  'rows_inserted',
  'rows_updated',
  'rows_unchanged',
  'bytes',
  'requests',
  'retries',
  'fallbacks',
  'silent_devices',
  'dropped_fields',
  'mismatched_fields',
  'quarantined_rows',
];

/** SQL: the columns of a `MaterializationRecord`. */
export const MATERIALIZATION_COLUMNS = `materialization_id, run_id, asset, attempt, state, started_at, finished_at, duration_seconds,
  customers, thermostats, fallback_customers, fallback_seconds, fallbacks_by_class, errors_by_class,
  ${COUNTS.map((name) => `${name}::double precision as ${name}`).join(', ')}`;

export interface MaterializationRecord {
  readonly materialization_id: string;
  readonly run_id: string;
  readonly asset: string;
  readonly attempt: number;
  readonly state: MaterializationSummary['state'];
  readonly started_at: Date;
  readonly finished_at: Date;
  readonly duration_seconds: number;
  readonly customers: number | null;
  readonly thermostats: number | null;
  readonly rows_inserted: number | null;
  readonly rows_updated: number | null;
  readonly rows_unchanged: number | null;
  readonly bytes: number | null;
  readonly requests: number | null;
  readonly retries: number | null;
  readonly fallbacks: number | null;
  readonly fallback_customers: number | null;
  readonly fallback_seconds: number | null;
  readonly fallbacks_by_class: Readonly<Record<string, number>>;
  readonly silent_devices: number | null;
  readonly dropped_fields: number | null;
  readonly mismatched_fields: number | null;
  readonly quarantined_rows: number | null;
  readonly errors_by_class: Readonly<Record<string, number>>;
}

export function materialization(row: MaterializationRecord): MaterializationSummary {
  return {
    materializationId: row.materialization_id,
    runId: row.run_id,
    asset: row.asset,
    attempt: row.attempt,
    state: row.state,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    durationSeconds: row.duration_seconds,
    customers: row.customers,
    thermostats: row.thermostats,
    rowsInserted: row.rows_inserted,
    rowsUpdated: row.rows_updated,
    rowsUnchanged: row.rows_unchanged,
    bytes: row.bytes,
    requests: row.requests,
    retries: row.retries,
    fallbacks: row.fallbacks,
    fallbackCustomers: row.fallback_customers,
    fallbackSeconds: row.fallback_seconds,
    fallbacksByClass: row.fallbacks_by_class,
    silentDevices: row.silent_devices,
    droppedFields: row.dropped_fields,
    mismatchedFields: row.mismatched_fields,
    quarantinedRows: row.quarantined_rows,
    errorsByClass: row.errors_by_class,
  };
}

/** The newest writing of each of these assets; one that was never written is left out. */
export async function newestMaterializations(
  pool: Pool,
  assets: readonly string[],
): Promise<ReadonlyMap<string, MaterializationSummary>> {
  const { rows } = await pool.query<MaterializationRecord>(
    `select newest.*
     from unnest($1::text[]) as wanted (name)
     cross join lateral (
       select ${MATERIALIZATION_COLUMNS} from ops.materializations
       where asset = wanted.name order by finished_at desc, materialization_id desc limit 1
     ) as newest`,
    [assets],
  );
  return new Map(rows.map((row) => [row.asset, materialization(row)]));
}

/**
 * How an asset was written over time, the newest first.
 *
 * @param page.before the last `materializationId` of the page before.
 */
export async function listMaterializations(
  pool: Pool,
  asset: string,
  page: { readonly before?: string; readonly atMost: number },
): Promise<readonly MaterializationSummary[]> {
  const { rows } = await pool.query<MaterializationRecord>(
    `select ${MATERIALIZATION_COLUMNS} from ops.materializations
     where asset = $1 and ($2::bigint is null or materialization_id < $2)
     order by materialization_id desc limit $3`,
    [asset, page.before ?? null, page.atMost],
  );
  return rows.map(materialization);
}
