import type { LoaderTransaction } from '@ovis/raw-loader';

/** A folder that is staged. */
export interface StagedFolder {
  readonly algorithm: string;
  readonly folderDate: string;
  readonly fingerprint: string;
  readonly parts: number;
  readonly lines: number;
  readonly refusedLines: number;
  readonly runId: string;
}

/** What publishing a folder changed. */
export interface PublishedFolder {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Rows whose keys a newer folder holds. */
  readonly superseded: number;
  /** Lines of a key that another line of the folder replaced. */
  readonly duplicates: number;
  /** Rows of the folder before that are no longer in it. */
  readonly gone: number;
  /** UTC days (`YYYY-MM-DD`) of rows that were inserted, updated or removed. */
  readonly touchedDays: readonly string[];
}

/** Folders of one algorithm are published one after the other, as each may hold keys of another. */
const LOCK = `select pg_advisory_xact_lock(hashtextextended('raw.battery_eval_results/' || $1, 0))`;

const PUBLISH = `
with lines as (
  select * from raw.battery_eval_results_stage where run_id = $7 and algorithm = $1 and folder_date = $2
), staged as (
  select distinct on (device_id, evaluated_at) *
  from lines
  order by device_id, evaluated_at, part_number desc, line_number desc
), gone as (
  delete from raw.battery_eval_results as stored
  where stored.algorithm = $1 and stored.folder_date = $2 and not exists (
    select from staged where staged.device_id = stored.device_id and staged.evaluated_at = stored.evaluated_at)
  returning stored.evaluated_at
), outranked as (
  select count(*)::int as rows
  from staged
  join raw.battery_eval_results as stored using (device_id, algorithm, evaluated_at)
  where stored.folder_date > $2
), merged as (
  insert into raw.battery_eval_results as stored
    (device_id, algorithm, evaluated_at, folder_date, object_key, line_number, payload, observed_at, run_id)
  select device_id, algorithm, evaluated_at, folder_date, object_key, line_number, payload, observed_at, run_id
  from staged
  order by device_id collate "C", evaluated_at
  on conflict (device_id, algorithm, evaluated_at) do update
  set folder_date = excluded.folder_date, object_key = excluded.object_key, line_number = excluded.line_number,
      payload = excluded.payload, observed_at = excluded.observed_at, run_id = excluded.run_id, loaded_at = now()
  where excluded.folder_date > stored.folder_date
    or (excluded.folder_date = stored.folder_date and excluded.payload is distinct from stored.payload)
  returning old.device_id is null as inserted, new.evaluated_at, old.folder_date as old_folder_date
), counted as (
  select
    (select count(*)::int from lines) as lines,
    (select count(*)::int from staged) as staged,
    (select rows from outranked) as superseded,
    (select count(*)::int from gone) as gone,
    (select count(*)::int from merged where inserted) as inserted,
    (select count(*)::int from merged where not inserted) as updated
), taken as (
  update ops.loaded_folders as older
  set superseded_rows = older.superseded_rows + from_it.rows
  from (select old_folder_date, count(*) as rows from merged where old_folder_date < $2 group by 1) as from_it
  where older.algorithm = $1 and older.folder_date = from_it.old_folder_date
), ledger as (
  insert into ops.loaded_folders (algorithm, folder_date, fingerprint, parts, lines, refused_lines, superseded_rows, run_id)
  select $1, $2, $3, $4::integer, $5::bigint, $6::bigint, counted.superseded, $7 from counted
  on conflict (algorithm, folder_date) do update
  set fingerprint = excluded.fingerprint, parts = excluded.parts, lines = excluded.lines, refused_lines = excluded.refused_lines,
      superseded_rows = excluded.superseded_rows, run_id = excluded.run_id, published_at = now()
)
select counted.*, array(
  select distinct to_char(touched.evaluated_at at time zone 'UTC', 'YYYY-MM-DD')
  from (select evaluated_at from gone union all select evaluated_at from merged) as touched
  order by 1
) as touched_days
from counted`;

/** Keys that a folder has lost may be in older folders, which then are to be loaded again. */
const REOPEN_OLDER = `
update ops.loaded_folders set fingerprint = '', superseded_rows = 0
where algorithm = $1 and folder_date < $2 and superseded_rows > 0`;

interface Counted {
  readonly lines: number;
  readonly staged: number;
  readonly superseded: number;
  readonly gone: number;
  readonly inserted: number;
  readonly updated: number;
  readonly touched_days: readonly string[];
}

/** Puts the staged lines of a folder in the place of the rows that it had before, enters it in the ledger, and empties its stage. */
export async function publishFolder(tx: LoaderTransaction, folder: StagedFolder): Promise<PublishedFolder> {
  const { algorithm, folderDate, fingerprint, parts, lines, refusedLines, runId } = folder;
  await tx.query(LOCK, [algorithm]);
  // The server has no statistics of a stage nor of a new folder, and would take both for a few rows.
  await tx.query('set local enable_nestloop = off');
  const { rows } = await tx.query(PUBLISH, [algorithm, folderDate, fingerprint, parts, lines, refusedLines, runId]);
  const counted = rows[0] as unknown as Counted;
  if (counted.lines !== lines - refusedLines) throw new IncompleteStageError();
  if (counted.gone > 0) await tx.query(REOPEN_OLDER, [algorithm, folderDate]);
  await clearStage(tx, folder);
  const { inserted, updated, superseded, staged, gone } = counted;
  return {
    inserted,
    updated,
    superseded,
    unchanged: staged - inserted - updated - superseded,
    duplicates: counted.lines - staged,
    gone,
    touchedDays: counted.touched_days,
  };
}

/** What is staged is not what the cursor says: the folder is to be read from its beginning. */
export class IncompleteStageError extends Error {
  override readonly name = 'IncompleteStageError';
}

/** Removes what a run, or one that is over, has staged of a folder. */
export async function clearStage(
  tx: LoaderTransaction,
  folder: { readonly algorithm: string; readonly folderDate: string; readonly runId: string },
): Promise<void> {
  await tx.query(
    `delete from raw.battery_eval_results_stage as staged
     where algorithm = $1 and folder_date = $2 and (run_id = $3 or not exists (
       select from ops.runs where runs.run_id = staged.run_id and runs.state in ('queued', 'running')))`,
    [folder.algorithm, folder.folderDate, folder.runId],
  );
}

/** Months (`YYYY-MM`) of what a run has staged of a folder: `month`. */
export const STAGED_MONTHS = `
select distinct to_char(evaluated_at at time zone 'UTC', 'YYYY-MM') as month
from raw.battery_eval_results_stage where run_id = $3 and algorithm = $1 and folder_date = $2 order by 1`;

/** Removes what is staged for tasks that are over, or that a forced run has dropped. */
export const SWEEP_STAGE = `
delete from raw.battery_eval_results_stage as staged
where not exists (
  select
  from ops.runs
  join ops.tasks using (run_id)
  where runs.run_id = staged.run_id and runs.state in ('queued', 'running') and tasks.asset = 'raw.battery_eval_results'
    and tasks.task_key = staged.algorithm || '/' || staged.folder_date::text and tasks.state in ('queued', 'running')
)`;
