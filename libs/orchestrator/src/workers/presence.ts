import type { Pool, PoolClient } from 'pg';

/** What a process says of itself. */
export interface WorkerFacts {
  readonly host: string;
  readonly pid: number;
  readonly version: string;
}

/** A task that was taken from a process that is dead. */
export interface OrphanedTask {
  readonly taskId: string;
  readonly runId: string;
  readonly runAttempt: number;
  readonly shard: string | null;
  /** The announcement by which the dead process had it. */
  readonly announcementId: string | null;
}

/** How often a process says that it lives. */
export const BEAT_EVERY_MS = 2_000;
/** A process that has said nothing for so long counts as dead, be it killed, stopped, stuck or cut off. */
export const DEAD_AFTER_MS = 8_000;
/** Before others may think so, a process that could not say that it lives acts as if it were dead. */
const CERTAIN_FOR_MS = 6_000;

/**
 * The name that the sessions of a worker bear at the server: whoever finds the worker dead ends them, and with them its locks and the
 * transactions that it left half done.
 */
export function sessionName(program: string, workerId: string): string {
  return `${program}/${workerId}`;
}

/** A process among those that share the run log. By the server's clock: those of the processes may differ, and be set. */
export class Presence {
  readonly workerId: string;
  readonly #pool: Pool;
  readonly #facts: WorkerFacts;
  readonly #elapsedMs: () => number;
  #lastBeatMs: number | null = null;
  #generation = 0;

  /**
   * @param workerId that the sessions of `pool` bear in their name, see `sessionName`.
   * @param elapsedMs of a clock that is never set.
   */
  constructor(pool: Pool, workerId: string, facts: WorkerFacts, elapsedMs: () => number = () => performance.now()) {
    this.workerId = workerId;
    this.#pool = pool;
    this.#facts = facts;
    this.#elapsedMs = elapsedMs;
  }

  /** Whether no other process can take this one for dead at the moment. */
  get isCertain(): boolean {
    return this.#lastBeatMs !== null && this.#elapsedMs() - this.#lastBeatMs < CERTAIN_FOR_MS;
  }

  /** Greater each time that the process was not known before, or was taken for dead: what it held is no longer its own then. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * Says that this process lives, and takes from dead ones what they had in hand.
   *
   * @returns the tasks that are free again, and not announced yet.
   */
  async beat(): Promise<readonly OrphanedTask[]> {
    const startedMs = this.#elapsedMs();
    const { host, pid, version } = this.#facts;
    const { rows } = await this.#pool.query<{ is_new: boolean }>(
      `insert into ops.workers (worker_id, host, pid, version) values ($1, $2, $3, $4)
       on conflict (worker_id) do update set seen_at = now()
       returning xmax = 0 as is_new`,
      [this.workerId, host, pid, version],
    );
    if (rows[0]?.is_new === true) this.#generation += 1;
    this.#lastBeatMs = startedMs;
    return buryDead(this.#pool);
  }

  /** Says that this process ends, having handed back what it had. */
  async leave(): Promise<void> {
    this.#lastBeatMs = null;
    await this.#pool.query('delete from ops.workers where worker_id = $1', [this.workerId]);
  }
}

const LOCK_TIMEOUT = '2s';
const LOCK_NOT_AVAILABLE = '55P03';

async function buryDead(pool: Pool): Promise<readonly OrphanedTask[]> {
  const { rows } = await pool.query<{ is_needed: boolean }>(
    `select exists (select from ops.workers where ${DEAD}) or exists (select from ops.tasks where ${ORPHANED}) as is_needed`,
  );
  if (rows[0]?.is_needed !== true) return [];
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    const orphans = await takeFromDead(client);
    await client.query('commit');
    return orphans;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    // Another process is at it, or a session that was ended has not undone its work yet: the next beat looks again.
    if (error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE) return [];
    throw error;
  } finally {
    client.release();
  }
}

const DEAD = `seen_at < now() - interval '${String(DEAD_AFTER_MS)} ms'`;

/** SQL: whether a worker has a session at the server. One that was killed has none; one that is stopped may have. */
export function hasSession(workerId: string): string {
  return `exists (select from pg_stat_activity where split_part(application_name, '/', 2) = ${workerId}::text)`;
}

const ORPHANED = `tasks.state = 'running' and tasks.worker_id is not null
  and not exists (select from ops.workers where workers.worker_id = tasks.worker_id)`;

async function takeFromDead(client: PoolClient): Promise<readonly OrphanedTask[]> {
  const dead = await client.query<{ worker_id: string }>(`delete from ops.workers where ${DEAD} returning worker_id`);
  // All processes log in as the same user, who may end its own sessions; the role that they take on may not.
  await client.query('set local role none');
  await client.query(
    `select pg_terminate_backend(pid)
     from pg_stat_activity
     where split_part(application_name, '/', 2) = any ($1) and pid <> pg_backend_pid()`,
    [dead.rows.map(({ worker_id: workerId }) => workerId)],
  );
  await client.query('reset role');
  const { rows } = await client.query<{
    task_id: string;
    run_id: string;
    run_attempt: number;
    shard: string | null;
    announcement_id: string | null;
  }>(
    `with orphaned as (
       select task_id, runs.attempt as run_attempt, tasks.announcement_id
       from ops.tasks
       join ops.runs using (run_id)
       where ${ORPHANED}
       order by task_id
       for update of tasks
     )
     update ops.tasks
     set state = 'queued', worker_id = null, announcement_id = null
     from orphaned
     where tasks.task_id = orphaned.task_id
     returning tasks.task_id, run_id, run_attempt, shard, orphaned.announcement_id`,
  );
  return rows.map((row) => ({
    taskId: row.task_id,
    runId: row.run_id,
    runAttempt: row.run_attempt,
    shard: row.shard,
    announcementId: row.announcement_id,
  }));
}
