import { PgBoss } from 'pg-boss';
import type { Pool } from 'pg';
import type { RunCause } from './run-log/open-run.ts';
import type { QueuedTask } from './run-log/plan-tasks.ts';

const QUEUE = 'ovis-tasks';

/** A worker that says nothing for this long is taken for dead; its tasks are announced again. At least 10, by pg-boss. */
const HEARTBEAT_SECONDS = 15;
const TASK_DEADLINE_SECONDS = 3600;
const KEEP_FINISHED_SECONDS = 3600;
const FORGET_AT_ONCE = 10_000;
/** The most that pg-boss lists. */
const MOST_LISTED = 100_000;

/** Within a run large tasks are taken first, by the power of two of what they held last time. */
const SIZES = 32;

const PRIORITIES: Readonly<Record<RunCause, number>> = { backfill: 0, schedule: 1, upstream: 1, manual: 2 };

/** Tasks of runs with more are taken first. */
export function priorityOf(cause: RunCause): number {
  return PRIORITIES[cause];
}

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
  /** Its tasks are taken before those of runs with less. */
  readonly priority: number;
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

  private constructor(boss: PgBoss) {
    this.#boss = boss;
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
    return new TaskQueue(boss);
  }

  /** @param startAfterSeconds when they may be taken at the earliest. */
  async announce(tasks: readonly QueuedTask[], run: AnnouncingRun, startAfterSeconds = 0): Promise<void> {
    if (tasks.length === 0) return;
    const { runId, attempt: runAttempt } = run;
    const jobs = tasks.map((task) => ({
      data: {
        version: 1,
        runId,
        taskId: task.taskId,
        runAttempt,
        isSuspect: task.isSuspect,
      } satisfies TaskAnnouncement,
      startAfter: startAfterSeconds,
      priority: run.priority * SIZES + Math.min(task.size, SIZES - 1),
      ...(task.shard === null ? {} : { group: { id: task.shard } }),
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
