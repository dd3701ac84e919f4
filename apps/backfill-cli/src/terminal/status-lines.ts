import { formatCount, formatSeconds, formatTable } from '@ovis/foundation';
import { dayOfTick, type BackfillModelsState, type BackfillRunStatus, type BackfillStatus } from '@ovis/orchestrator';
import { countOf } from './count-of.ts';
import { minuteOf } from './plan-lines.ts';

/** The beginning of an id: enough to name a backfill. */
export function shortId(backfillId: string): string {
  return backfillId.slice(0, 8);
}

/** The day that a run of a backfill loads: only days of the past can be asked for again. */
export function dayOf({ scheduledFor }: Pick<BackfillRunStatus, 'scheduledFor'>): string {
  return dayOfTick(scheduledFor, false);
}

/** Whether a run of a backfill is over. */
export function isOver({ state }: Pick<BackfillRunStatus, 'state'>): boolean {
  return state !== 'queued' && state !== 'running';
}

const STATE_WORDS: Readonly<Record<BackfillRunStatus['state'], string>> = {
  queued: 'waits',
  running: 'loads',
  succeeded: 'loaded',
  partly_failed: 'partly failed, within the limit',
  failed: 'failed',
  cancelled: 'cancelled',
  replaced: 'asked for again by a newer backfill',
};

const MODEL_WORDS: Readonly<Record<BackfillModelsState, string>> = {
  none_yet: 'not built yet',
  building: 'are being built',
  built: 'built',
  failed: 'failed',
};

export function stateText({ state, reason, loadingEndedAt }: BackfillRunStatus): string {
  if (state === 'cancelled' && reason === 'interrupted') return 'interrupted';
  if (state === 'running' && loadingEndedAt !== null) return 'loaded';
  return STATE_WORDS[state];
}

/** `http_500 3, timeout 1`. */
export function errorsText({ errors }: Pick<BackfillRunStatus, 'errors'>): string {
  return errors.map(({ errorClass, count }) => `${errorClass} ${formatCount(count)}`).join(', ');
}

/** Where a backfill stands, day by day. */
export function statusLines(status: BackfillStatus): readonly string[] {
  const { runs, models, target, range, createdAt } = status;
  const rows = runs.map((run) => [
    dayOf(run),
    stateText(run),
    `${formatCount(run.succeededTasks)} of ${formatCount(run.tasks)}`,
    formatCount(run.failedTasks + run.failedScopes),
    formatCount(run.rows),
    formatCount(run.requests),
    errorsText(run),
  ]);
  return [
    `backfill ${shortId(status.backfillId)}: ${target}, ${range.from} to ${range.to} (not included)${onlyText(status)}, asked for ${minuteOf(createdAt)}`,
    '',
    ...formatTable(['day', 'state', 'tasks', 'failed', 'rows', 'requests', 'errors'], rows),
    '',
    `models: ${MODEL_WORDS[models]}`,
    ...closingLines(status),
  ];
}

function onlyText({ customers, shards }: BackfillStatus): string {
  if (customers !== null) return `, only ${countOf(customers.length, 'customer')}`;
  return shards === null ? '' : `, only shards ${shards.join(', ')}`;
}

/** What a backfill has come to, and the next step. */
export function closingLines(status: BackfillStatus): readonly string[] {
  const { runs, state } = status;
  const id = shortId(status.backfillId);
  const done = runs.filter((run) => run.state === 'succeeded').length;
  const total = (thing: string, count: (run: BackfillRunStatus) => number): string =>
    countOf(
      runs.reduce((sum, run) => sum + count(run), 0),
      thing,
    );
  const counts = `${formatCount(done)} of ${countOf(runs.length, 'day')} loaded, ${total('row', ({ rows }) => rows)}, ${total('request', ({ requests }) => requests)}`;
  const seconds = secondsOf(runs);
  const took = seconds === null ? '' : `, ${formatSeconds(seconds)}`;
  switch (state) {
    case 'succeeded':
      return [`${counts}${took}; models ${MODEL_WORDS[status.models]}`];
    case 'queued':
    case 'running':
      return [
        `${counts} so far; ${state === 'queued' ? 'waits for a process to lead it' : 'under way'}`,
        `follow it: ovis-backfill status ${id} --follow    end it: ovis-backfill cancel ${id}    go on with it here: ovis-backfill resume ${id}`,
      ];
    case 'cancelled': {
      const isInterrupted = runs.some(({ reason }) => reason === 'interrupted');
      return [
        `${isInterrupted ? 'interrupted' : 'cancelled'}: ${counts}; what is loaded stays`,
        `go on with it: ovis-backfill resume ${id}`,
      ];
    }
    case 'partly_failed':
    case 'failed':
      return [
        `${state === 'failed' ? 'failed' : 'partly failed, within the limit'}: ${counts}${took}; models ${MODEL_WORDS[status.models]}`,
        `what failed: ovis-backfill status ${id}    try it again: ovis-backfill resume ${id}`,
      ];
  }
}

function secondsOf(runs: readonly BackfillRunStatus[]): number | null {
  const starts = runs.flatMap(({ startedAt }) => (startedAt === null ? [] : [startedAt.getTime()]));
  const ends = runs.flatMap(({ finishedAt }) => (finishedAt === null ? [] : [finishedAt.getTime()]));
  return starts.length === 0 || ends.length === 0 ? null : (Math.max(...ends) - Math.min(...starts)) / 1000;
}

/** A line of the list of backfills. */
export function listLines(backfills: readonly BackfillStatus[]): readonly string[] {
  const rows = backfills.map((status) => [
    shortId(status.backfillId),
    minuteOf(status.createdAt),
    status.target,
    `${status.range.from} to ${status.range.to}`,
    status.state === 'cancelled' && status.runs.some(({ reason }) => reason === 'interrupted')
      ? 'interrupted'
      : status.state.replace('_', ' '),
    `${formatCount(status.runs.filter(({ state }) => state === 'succeeded').length)} of ${formatCount(status.runs.length)}`,
  ]);
  return formatTable(['backfill', 'asked for', 'target', 'range', 'state', 'days loaded'], rows);
}

/** A backfill for programs. */
export function statusJson(status: BackfillStatus): object {
  return { ...status, runs: status.runs.map((run) => ({ day: dayOf(run), ...run })) };
}
