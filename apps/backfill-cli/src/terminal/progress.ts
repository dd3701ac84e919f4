import { formatCount, formatSeconds } from '@ovis/foundation';
import type { BackfillRunStatus, BackfillStatus, BlockingRun } from '@ovis/orchestrator';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { countOf } from './count-of.ts';
import { dayOf, errorsText, isOver, stateText } from './status-lines.ts';

/** Shows where a backfill stands while it is worked on, here or elsewhere. */
export interface Progress {
  show(status: BackfillStatus, blockedBy: BlockingRun | null): void;
  log(line: string): void;
  /** Ends the display; nothing is shown afterwards. */
  stop(): void;
}

/** Live bars on a terminal, plain lines elsewhere, nothing where a program reads. */
export function createProgress(output: NodeJS.WriteStream, { isQuiet }: { readonly isQuiet: boolean }): Progress {
  if (isQuiet) return { show: () => undefined, log: () => undefined, stop: () => undefined };
  return output.isTTY ? new BarProgress(output) : new LineProgress(output);
}

/** What is told once: days that have ended, and what the backfill waits for. */
class News {
  readonly #told = new Set<string>();
  #isFirst = true;

  /** @returns lines that were not told yet. */
  linesOf(status: BackfillStatus, blockedBy: BlockingRun | null): readonly string[] {
    const lines = status.runs.filter((run) => isJudged(run) && this.#isNew(run)).map(runLine);
    const blocking =
      blockedBy &&
      `waits until ${blockedBy.cause} run ${blockedBy.runId} of ${blockedBy.job} for ${blockedBy.scheduledFor.toISOString()} has ended; it goes first`;
    if (blocking !== null && !this.#told.has(blocking)) {
      this.#told.add(blocking);
      lines.push(blocking);
    }
    const before = this.#isFirst ? lines.length : 0;
    this.#isFirst = false;
    // What had ended before is in the summary.
    return before > 1 ? [`${countOf(before, 'day')} had ended before`] : lines;
  }

  #isNew({ scheduledFor, state }: BackfillRunStatus): boolean {
    const key = `${scheduledFor.toISOString()} ${state === 'running' ? 'succeeded' : state}`;
    const isNew = !this.#told.has(key);
    this.#told.add(key);
    return isNew;
  }
}

/** Whether nothing more of a run is to be loaded; one that was cancelled or interrupted can be gone on with. */
function isLoaded(run: BackfillRunStatus): boolean {
  return run.state !== 'cancelled' && (isOver(run) || run.loadingEndedAt !== null);
}

/** Whether it is known how a run has come out: one with failures is judged at its end. */
function isJudged(run: BackfillRunStatus): boolean {
  return isLoaded(run) && (isOver(run) || run.failedTasks + run.failedScopes === 0);
}

function runLine(run: BackfillRunStatus): string {
  const { rows, requests, tasks, failedTasks, failedScopes } = run;
  const failed = failedTasks + failedScopes;
  const end = run.loadingEndedAt ?? run.finishedAt;
  const seconds = run.startedAt && end ? `, ${formatSeconds((end.getTime() - run.startedAt.getTime()) / 1000)}` : '';
  const failures = failed === 0 ? '' : `, ${formatCount(failed)} failed (${errorsText(run)})`;
  return `${dayOf(run)}  ${stateText(run)}: ${countOf(tasks, 'task')}, ${countOf(rows, 'row')}, ${countOf(requests, 'request')}${seconds}${failures}`;
}

/** How fast a backfill is, and when it will have ended, from what has ended since the display began. */
class Pace {
  readonly #startedMs = performance.now();
  #doneAtStart: number | null = null;

  /** @returns days that are done, with the begun ones' share, tasks a second, and seconds that are left; null while that is not known. */
  of({ runs }: BackfillStatus): {
    readonly done: number;
    readonly perSecond: number;
    readonly leftSeconds: number | null;
  } {
    const done = runs.reduce((sum, run) => sum + shareOf(run), 0);
    const tasks = runs.reduce((sum, run) => sum + run.succeededTasks + run.failedTasks, 0);
    this.#doneAtStart ??= done;
    this.#tasksAtStart ??= tasks;
    const seconds = (performance.now() - this.#startedMs) / 1000;
    const gained = done - this.#doneAtStart;
    return {
      done,
      perSecond: seconds < 1 ? 0 : (tasks - this.#tasksAtStart) / seconds,
      leftSeconds: gained > 0 && seconds >= 1 ? ((runs.length - done) * seconds) / gained : null,
    };
  }

  #tasksAtStart: number | null = null;
}

/** Share of a run that is done, from 0 to 1. */
function shareOf(run: BackfillRunStatus): number {
  if (isLoaded(run)) return 1;
  return run.tasks === 0 ? 0 : (run.succeededTasks + run.failedTasks) / run.tasks;
}

function paceText({ perSecond, leftSeconds }: ReturnType<Pace['of']>): string {
  const left = leftSeconds === null ? '' : `, about ${formatSeconds(leftSeconds)} left`;
  return `${perSecond.toFixed(1)} tasks/s${left}`;
}

class BarProgress implements Progress {
  readonly #bars: MultiBar;
  readonly #days = new Map<string, SingleBar>();
  readonly #news = new News();
  readonly #pace = new Pace();
  readonly #stream: NodeJS.WriteStream;
  #total: SingleBar | null = null;
  #isShown = true;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    const format = '{name}  {bar}  {count}  {text}';
    this.#bars = new MultiBar({ stream, format, hideCursor: true, barsize: 24, autopadding: true }, Presets.rect);
  }

  show(status: BackfillStatus, blockedBy: BlockingRun | null): void {
    if (!this.#isShown) return;
    for (const line of this.#news.linesOf(status, blockedBy)) this.log(line);
    const pace = this.#pace.of(status);
    const all = {
      name: 'all days  ',
      count: `${formatCount(Math.floor(pace.done))}/${formatCount(status.runs.length)}`,
      text: status.models === 'building' ? 'building models' : paceText(pace),
    };
    this.#total ??= this.#bars.create(status.runs.length * 1000, 0, all);
    this.#total.update(Math.round(pace.done * 1000), all);
    for (const run of status.runs) this.#showRun(run);
  }

  /** A bar only for a day that is being loaded: there may be hundreds. */
  #showRun(run: BackfillRunStatus): void {
    const day = dayOf(run);
    const bar = this.#days.get(day);
    if (run.state !== 'running' || run.loadingEndedAt !== null) {
      if (bar) this.#bars.remove(bar);
      this.#days.delete(day);
      return;
    }
    const ended = run.succeededTasks + run.failedTasks;
    const failed = run.failedTasks + run.failedScopes;
    const facts = {
      name: day,
      count: `${formatCount(ended)}/${formatCount(run.tasks)} tasks`,
      text: `${formatCount(run.rows)} rows${failed === 0 ? '' : `, ${formatCount(failed)} failed`}`,
    };
    const shown = bar ?? this.#bars.create(Math.max(1, run.tasks), 0, facts);
    this.#days.set(day, shown);
    shown.setTotal(Math.max(1, run.tasks));
    shown.update(ended, facts);
  }

  log(line: string): void {
    if (this.#isShown && this.#total) this.#bars.log(`${line}\n`);
    else this.#stream.write(`${line}\n`);
  }

  stop(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    this.#bars.stop();
  }
}

const LINE_EVERY_MS = 2_000;

class LineProgress implements Progress {
  readonly #output: NodeJS.WriteStream;
  readonly #news = new News();
  readonly #pace = new Pace();
  #lastLineMs = performance.now();

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  show(status: BackfillStatus, blockedBy: BlockingRun | null): void {
    for (const line of this.#news.linesOf(status, blockedBy)) this.log(line);
    const pace = this.#pace.of(status);
    if (performance.now() - this.#lastLineMs < LINE_EVERY_MS || pace.done >= status.runs.length) return;
    this.#lastLineMs = performance.now();
    this.log(`${formatCount(Math.floor(pace.done))} of ${countOf(status.runs.length, 'day')}, ${paceText(pace)}`);
  }

  log(line: string): void {
    this.#output.write(`${line}\n`);
  }

  stop(): void {
    // Lines need no end.
  }
}
