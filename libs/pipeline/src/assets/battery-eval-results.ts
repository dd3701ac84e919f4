import { isSameFolder, type EvaluationFolder, type LineGroup } from '@ovis/object-store';
import {
  commitProgress,
  emptyCounters,
  trafficOf,
  type ExtractAsset,
  type PlanContext,
  type PlannedPortion,
  type Progress,
  type TaskContext,
  type TaskDefinition,
} from '@ovis/orchestrator';
import { compileAllowlist } from '@ovis/pii-allowlist';
import { ensureMonths, storableRange, transact, type QuarantinedRow, type RowGroup } from '@ovis/raw-loader';
import type { Pool } from 'pg';
import { batteryEvaluationAllowlist } from '../allowlists/battery.ts';
import { PipelineError, SourceChangedError, TooManyRefusedError } from '../errors.ts';
import type { EvaluationSource, PipelineResources } from '../resources.ts';
import { fingerprintOf, readEvaluationCursor, type EvaluationCursor } from './evaluation-cursor.ts';
import { ListingProgress } from './listing-progress.ts';
import type { PageCheckpoint } from './load-listing.ts';
import { projectPage } from './project-page.ts';
import { clearStage, IncompleteStageError, publishFolder, STAGED_MONTHS, SWEEP_STAGE } from './publish-folder.ts';
import { periodDay } from './recorded-ranges.ts';
import { batteryEvalResultsStage, batteryEvalResultsTable } from './raw-tables.ts';
import { SharedLoaders, type ListingLoader } from './shared-loaders.ts';

const ASSET = 'raw.battery_eval_results';
const SCOPE = 'object-store';
const FOLDERS_PER_PORTION = 500;
/** Refused lines of one task that are written down one by one; the rest is counted. */
const MOST_QUARANTINED = 10_000;

const projector = compileAllowlist(batteryEvaluationAllowlist);

/** `raw.battery_eval_results`: what algorithms predict for batteries, a folder of the object store a day and algorithm. */
export function batteryEvalResults(): ExtractAsset<PipelineResources> {
  const loaders = new SharedLoaders(batteryEvalResultsStage);
  const turns = new Turns();
  return {
    name: ASSET,
    description: 'what algorithms predict for batteries, one row a device, algorithm and time of evaluation',
    isSnapshot: false,
    unavailable: ({ evaluations }) => (evaluations === null ? 'no object store is set: S3_ENDPOINT is empty' : null),
    catchesUp: true,
    scopes: ({ evaluations }) => (evaluations === null ? [] : [SCOPE]),
    plan: (_, context) => planFolders(context),
    load: (context) => loadFolder(context, loaders.of(context.resources.pool, context.clock), turns),
  };
}

/** A task for each complete folder that is not in the ledger as it is now; in a backfill, for each of the day of its period. */
async function* planFolders(context: PlanContext<PipelineResources>): AsyncGenerator<PlannedPortion> {
  const { resources, signal, force, counters } = context;
  const { evaluations, pool } = resources;
  if (!evaluations) return;
  const day = context.isBackfill ? periodDay(context.scheduledFor).toISOString().slice(0, 10) : null;
  const ledger = force || day !== null ? new Map<string, string>() : await readLedger(pool);
  const listing = evaluations.store.listFolders({ signal, events: trafficEvents(counters) });
  let tasks: TaskDefinition[] = [];
  for await (const folder of listing) {
    if (day !== null && folder.folderDate !== day) continue;
    const key = `${folder.algorithm}/${folder.folderDate}`;
    if (ledger.get(key) === fingerprintOf(folder, batteryEvaluationAllowlist)) continue;
    tasks.push({ key, shard: SCOPE, customerId: null });
    if (tasks.length < FOLDERS_PER_PORTION) continue;
    yield { tasks };
    tasks = [];
  }
  if (listing.counts.ignoredObjects > 0) counters.dropped['objects: *'] = listing.counts.ignoredObjects;
  yield { tasks };
  await pool.query(SWEEP_STAGE);
}

async function readLedger(pool: Pool): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ key: string; fingerprint: string }>(
    `select algorithm || '/' || folder_date::text as key, fingerprint from ops.loaded_folders`,
  );
  return new Map(rows.map(({ key, fingerprint }) => [key, fingerprint]));
}

function trafficEvents(counters: { requests: number; retries: number }): {
  readonly onRequest: () => void;
  readonly onRetry: () => void;
} {
  return {
    onRequest: () => {
      counters.requests += 1;
    },
    onRetry: () => {
      counters.retries += 1;
    },
  };
}

/** Stages a folder line by line from the task's cursor on, and publishes it in one transaction when all of it is there and it is still the same. */
async function loadFolder(context: TaskContext<PipelineResources>, loader: ListingLoader, turns: Turns): Promise<void> {
  const { evaluations } = context.resources;
  const [algorithm = '', folderDate = ''] = context.task.key.split('/');
  if (!evaluations) throw new PipelineError(`task ${context.task.key} of ${ASSET} has no object store to ask`);
  const folder = { algorithm, folderDate, runId: context.runId };
  await new FolderLoad(context, evaluations, folder).run(loader, turns);
}

/** Has work of one name wait for each other: folders of one algorithm wait for each other's lock, and need no connection for that. */
class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(work, work);
    this.#last.set(name, turn);
    return turn;
  }
}

/** A folder, and the run that loads it. */
interface FolderOfRun {
  readonly algorithm: string;
  readonly folderDate: string;
  readonly runId: string;
}

/** The loading of one folder. */
class FolderLoad {
  readonly #context: TaskContext<PipelineResources>;
  readonly #source: EvaluationSource;
  readonly #name: FolderOfRun;
  #progress: ListingProgress;
  #quarantined = 0;

  constructor(context: TaskContext<PipelineResources>, source: EvaluationSource, name: FolderOfRun) {
    this.#context = context;
    this.#source = source;
    this.#name = name;
    this.#progress = new ListingProgress(context.counters);
  }

  async run(loader: ListingLoader, turns: Turns): Promise<void> {
    const folder = await this.#find();
    const fingerprint = fingerprintOf(folder, batteryEvaluationAllowlist);
    const reached = readEvaluationCursor(this.#context.cursor);
    const beginning: EvaluationCursor = { fingerprint, part: 0, afterLine: 0, lines: 0, refused: 0 };
    let cursor = beginning;
    if (reached?.fingerprint === fingerprint) cursor = reached;
    else await this.#begin(beginning);
    const staging = this.#groups(folder, cursor, (next) => {
      cursor = next;
    });
    await loader.load({
      signal: this.#context.signal,
      groups: staging,
      owner: (batch) => {
        const { pageNumber, nextCursor } = batch.checkpoint;
        // Staged rows are no rows of the table yet; what they become is counted when they are published.
        const nothing = { inserted: 0, updated: 0, unchanged: 0, superseded: 0, duplicates: 0 };
        const quarantined = this.#progress.count(pageNumber, { ...batch, ...nothing });
        return { progress: this.#context.progress(this.#open(nextCursor, quarantined)) };
      },
    });
    try {
      await turns.take(folder.algorithm, () => this.#publish(folder, cursor));
    } catch (error) {
      if (!(error instanceof IncompleteStageError)) throw error;
      await this.#begin(beginning);
      throw new SourceChangedError(`what was staged of ${this.#context.task.key} is not complete; it is read again`);
    }
  }

  async #find(): Promise<EvaluationFolder> {
    const { algorithm, folderDate } = this.#name;
    const { signal, counters } = this.#context;
    const options = { signal, events: trafficEvents(counters) };
    const folder = await this.#source.store.findFolder(algorithm, folderDate, options);
    if (folder !== null) return folder;
    throw new SourceChangedError(`folder ${algorithm}/${folderDate} is not complete any more; it is taken when it is`);
  }

  /** Removes what another state of the folder, or a failed attempt, has left in the stage and in the books. */
  async #begin(cursor: EvaluationCursor): Promise<void> {
    const { resources, signal, counters, task, runId } = this.#context;
    Object.assign(counters, emptyCounters(), trafficOf(counters));
    this.#progress = new ListingProgress(counters);
    this.#quarantined = 0;
    const progress = this.#context.progress(this.#open(JSON.stringify(cursor), []));
    await transact({ pool: resources.pool, doing: 'emptying the stage of a folder', signal }, async (tx) => {
      await clearStage(tx, this.#name);
      await tx.query('delete from ops.quarantine where run_id = $1 and asset = $2 and task_key = $3', [
        runId,
        ASSET,
        task.key,
      ]);
      await commitProgress(tx, [progress]);
    });
  }

  #open(cursor: string | null, quarantined: readonly QuarantinedRow[]): Progress {
    return { cursor, isLast: false, table: ASSET, touchedDays: [], quarantined };
  }

  async *#groups(
    folder: EvaluationFolder,
    start: EvaluationCursor,
    onGroup: (cursor: EvaluationCursor) => void,
  ): AsyncGenerator<RowGroup<PageCheckpoint>> {
    const { signal, counters } = this.#context;
    let { lines, refused } = start;
    for (const [place, part] of folder.parts.entries()) {
      if (place < start.part) continue;
      const afterLine = place === start.part ? start.afterLine : 0;
      const groups = this.#source.store.readPart(part, { afterLine, signal, events: trafficEvents(counters) });
      for await (const group of groups) {
        lines += group.lines.length + group.malformed.length;
        const rows = this.#project(group, part);
        refused += group.lines.length + group.malformed.length - rows.length;
        const cursor = { fingerprint: start.fingerprint, part: place, afterLine: group.lastLine, lines, refused };
        onGroup(cursor);
        yield { rows, checkpoint: { pageNumber: this.#progress.nextNumber - 1, nextCursor: JSON.stringify(cursor) } };
      }
    }
  }

  #project(group: LineGroup, part: EvaluationFolder['parts'][number]): RowGroup<PageCheckpoint>['rows'] {
    const { clock, runId } = this.#context;
    const { startMs, endMs } = storableRange(clock.now());
    const lineOf = (index: number): number => group.lines[index]?.line ?? 0;
    const positionOf = (line: number): string => `${part.key}, line ${String(line)}`;
    const { rows, quarantined, report } = projectPage(
      group.lines.map(({ value }) => value),
      {
        projector,
        positionOf: (index) => positionOf(lineOf(index)),
        common: {
          folder_date: part.folderDate,
          part_number: part.partNumber,
          object_key: part.key,
          observed_at: clock.now(),
          run_id: runId,
        },
        columnsOf: (allowed, index) => {
          if (allowed.column('algorithm') !== part.algorithm) return { refused: 'answer_mismatch:algorithm' };
          const evaluatedMs = Date.parse(allowed.column('evaluatedAt'));
          // As the loader would, which refuses rows when they are counted already.
          if (evaluatedMs < startMs || evaluatedMs >= endMs) return { refused: 'time_out_of_range:evaluated_at' };
          return {
            algorithm: part.algorithm,
            line_number: lineOf(index),
            evaluated_at: allowed.column('evaluatedAt'),
            device_id: allowed.column('deviceId'),
          };
        },
      },
    );
    const malformed = group.malformed.map(({ line, reason }) => ({ position: positionOf(line), reason }));
    const listed = this.#listed([...malformed, ...quarantined], part.key);
    this.#progress.add({ bytes: group.bytes, ...report, thermostats: 0, quarantined: listed });
    return rows;
  }

  /** Refused lines to write down: a folder of nothing else must not fill the log. */
  #listed(refused: readonly QuarantinedRow[], key: string): readonly QuarantinedRow[] {
    const room = MOST_QUARANTINED - this.#quarantined;
    this.#quarantined += refused.length;
    if (refused.length <= room) return refused;
    return room > 0 ? [...refused.slice(0, room), { position: key, reason: 'more_lines_refused' }] : [];
  }

  async #publish(folder: EvaluationFolder, { fingerprint, lines, refused }: EvaluationCursor): Promise<void> {
    const { resources, signal, counters, runId } = this.#context;
    const { pool } = resources;
    const { algorithm, folderDate } = this.#name;
    if (refused > this.#source.refusedLimit * lines) {
      throw new TooManyRefusedError(
        `${String(refused)} of ${String(lines)} lines of ${algorithm}/${folderDate} were refused, more than the limit of ` +
          `${String(this.#source.refusedLimit * 100)} %; what was published of it before stays; ops.quarantine says which lines and why`,
      );
    }
    if (!isSameFolder(folder, await this.#find())) {
      throw new SourceChangedError(`folder ${algorithm}/${folderDate} was changed while it was read; it is read again`);
    }
    const staged = await pool.query<{ month: string }>(STAGED_MONTHS, [algorithm, folderDate, runId]);
    const months = staged.rows.map(({ month }) => month);
    await ensureMonths({ pool, table: batteryEvalResultsTable, months, signal });
    const before = structuredClone(counters);
    try {
      await transact({ pool, doing: `publishing folder ${algorithm}/${folderDate}`, signal }, async (tx) => {
        const published = await publishFolder(tx, {
          ...this.#name,
          fingerprint,
          parts: folder.parts.length,
          lines,
          refusedLines: refused,
        });
        counters.rowsInserted += published.inserted;
        counters.rowsUpdated += published.updated;
        counters.rowsUnchanged += published.unchanged;
        counters.rowsSuperseded += published.superseded;
        counters.duplicates += published.duplicates;
        counters.rowsDeleted += published.gone;
        const progress = this.#context.progress({
          ...this.#open(null, []),
          isLast: true,
          touchedDays: published.touchedDays,
        });
        await commitProgress(tx, [progress]);
      });
    } catch (error) {
      Object.assign(counters, before);
      throw error;
    }
  }
}
