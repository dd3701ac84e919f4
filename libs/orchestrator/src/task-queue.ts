import { PgBoss } from 'pg-boss';
import type { Pool } from 'pg';
import type { RunCause } from './run-log/open-run.ts';
import type { QueuedTask } from './run-log/plan-tasks.ts';
import { TaskPlaces } from './run-log/task-places.ts';
import { classOf, priorityOf, readTurns } from './task-turns.ts';

const QUEUE = 'ovis-tasks';

/** A worker that says nothing for this long is taken for dead; its tasks are announced again. At least 10, by pg-boss. */
const HEARTBEAT_SECONDS = 15;
const TASK_DEADLINE_SECONDS = 3600;
const KEEP_FINISHED_SECONDS = 3600;
const FORGET_AT_ONCE = 10_000;
/** The most that pg-boss lists. */
const MOST_LISTED = 100_000;

/** What the queue carries: which task, and which execution of its run announced it. Nothing of the task's data. */
export interface TaskAnnouncement {
  readonly version: 1;
  readonly runId: string;
  readonly taskId: string;
  readonly runAttempt: number;
  /** Whether several processes died that had it in hand: of such tasks a process has one in hand at a time, so that the one that kills spares the others. */
  readonly isSuspect?: boolean;
}

/** The execution of a run that announces its tasks. */
export interface AnnouncingRun {
  readonly runId: string;
  readonly attempt: number;
  readonly cause: RunCause;
}

/** Where the tasks of a run stand among those of others. */
interface Line {
  readonly places: TaskPlaces;
  readonly start: number;
  readonly present: number;
  /** Tasks so far that the run before did not have: they take turns from the beginning too. */
  unknown: number;
}

/** An announcement in a worker's hand. */
export interface ReceivedAnnouncement {
  readonly jobId: string;
  readonly announcement: TaskAnnouncement;
}

/**
 * The queue between planning and work, on pg-boss. It only says *that* something is to be done; what is done stands in `ops`, so
 * an announcement may come twice or late without harm.
 */
export class TaskQueue implements AsyncDisposable {
  readonly #boss: PgBoss;
  readonly #pool: Pool;
  /** By run, where its turns begin, and the places of its tasks. */
  readonly #lines = new Map<string, Promise<Line>>();

  private constructor(boss: PgBoss, pool: Pool) {
    this.#boss = boss;
    this.#pool = pool;
  }

  /**
   * Connects to the queue; its schema comes from the migrations.
   *
   * @param onError what pg-boss reports from its own timers.
   */
  static async open(pool: Pool, onError: (error: Error) => void): Promise<TaskQueue> {
    const db = { executeSql: (text: string, values?: unknown[]) => pool.query(text, values) };
    const boss = new PgBoss({
      db,
      schema: 'pgboss',
      migrate: false,
      createSchema: false,
      schedule: false,
      registerInstance: false,
    });
    boss.on('error', onError);
    try {
      await boss.start();
      await boss.createQueue(QUEUE, {
        retryLimit: 3,
        heartbeatSeconds: HEARTBEAT_SECONDS,
        expireInSeconds: TASK_DEADLINE_SECONDS,
        deleteAfterSeconds: KEEP_FINISHED_SECONDS,
      });
    } catch (error) {
      // Its timers would go on.
      await boss.stop({ graceful: false, close: false }).catch(() => undefined);
      throw error;
    }
    return new TaskQueue(boss, pool);
  }

  /**
   * Announces tasks of a run for the first time in its execution: large ones before small ones, by the run before; in turn with other jobs
   * of its class; behind what older runs of its job have waiting.
   */
  async announce(tasks: readonly QueuedTask[], run: AnnouncingRun): Promise<void> {
    if (tasks.length === 0) return;
    const opened = this.#lines.get(run.runId) ?? this.#openLine(run);
    this.#lines.set(run.runId, opened);
    const line = await opened;
    await this.#insert(
      tasks.map((task) => ({ task, turn: line.start + (line.places.of(task) ?? line.unknown++) })),
      run,
    );
  }

  /**
   * Announces tasks that were announced before and came to nothing: their turn is at once.
   *
   * @param startAfterSeconds when they may be taken at the earliest.
   */
  async announceAgain(tasks: readonly QueuedTask[], run: AnnouncingRun, startAfterSeconds = 0): Promise<void> {
    if (tasks.length === 0) return;
    const { places, present } = await this.#openLine(run);
    const bySize = tasks.toSorted((a, b) => (places.of(a) ?? Infinity) - (places.of(b) ?? Infinity) || 0);
    await this.#insert(
      bySize.map((task, index) => ({ task, turn: present + index })),
      run,
      startAfterSeconds,
    );
  }

  async #openLine({ runId, cause }: AnnouncingRun): Promise<Line> {
    const [places, turns] = await Promise.all([
      TaskPlaces.read(this.#pool, runId),
      readTurns(this.#pool, QUEUE, runId, classOf(cause)),
    ]);
    return { places, start: turns.behindOlder, present: turns.present, unknown: 0 };
  }

  async #insert(
    tasks: readonly { readonly task: QueuedTask; readonly turn: number }[],
    { runId, attempt: runAttempt, cause }: AnnouncingRun,
    startAfterSeconds = 0,
  ): Promise<void> {
    const jobs = tasks.map(({ task: { taskId, shard, isSuspect }, turn }) => ({
      data: { version: 1, runId, taskId, runAttempt, isSuspect } satisfies TaskAnnouncement,
      startAfter: startAfterSeconds,
      priority: priorityOf(classOf(cause), turn),
      ...(shard === null ? {} : { group: { id: shard } }),
    }));
    await this.#boss.insert(QUEUE, jobs);
  }

  /** The tasks that an execution has announced and that were not dealt with yet. */
  async announcedTasks(run: Pick<AnnouncingRun, 'runId' | 'attempt'>): Promise<ReadonlySet<string>> {
    const data = { runId: run.runId, runAttempt: run.attempt };
    const jobs = await this.#boss.findJobs<TaskAnnouncement>(QUEUE, { data, limit: MOST_LISTED });
    const open = jobs.filter(({ state }) => state === 'created' || state === 'retry' || state === 'active');
    return new Set(open.map((job) => job.data.taskId));
  }

  /**
   * Takes announcements.
   *
   * @param atMost how many the caller can work on.
   * @param perShard how many of one shard may be in work, over all processes.
   */
  async take(atMost: number, perShard: number): Promise<readonly ReceivedAnnouncement[]> {
    const jobs = await this.#boss.fetch<TaskAnnouncement>(QUEUE, { batchSize: atMost, groupConcurrency: perShard });
    return jobs.map((job) => ({ jobId: job.id, announcement: job.data }));
  }

  /**
   * Removes what earlier executions of a run left behind. Their workers are gone, but until their heartbeats run out the queue would
   * count what they had in hand against the limit of the shard.
   */
  async forgetRun(runId: string): Promise<void> {
    for (;;) {
      const left = await this.#boss.findJobs<TaskAnnouncement>(QUEUE, { data: { runId }, limit: FORGET_AT_ONCE });
      const ids = left.map((job) => job.id);
      if (ids.length === 0) return;
      await this.#boss.deleteJob(QUEUE, ids);
    }
  }

  /** Says that these are still worked on; to be called well within the heartbeat. */
  async touch(jobIds: readonly string[]): Promise<void> {
    if (jobIds.length > 0) await this.#boss.touch(QUEUE, [...jobIds]);
  }

  /** Removes announcements that were dealt with, whatever came of the tasks. */
  async settle(jobIds: readonly string[]): Promise<void> {
    if (jobIds.length > 0) await this.#boss.complete(QUEUE, [...jobIds]);
  }

  async close(): Promise<void> {
    await this.#boss.stop({ graceful: false, close: false });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
