import type { Pool, PoolClient } from 'pg';
import { GIVEN_UP_CLASS, GIVEN_UP_MESSAGE, IS_GIVEN_UP } from '../run-log/deaths.ts';
import type { RunCause } from '../run-log/open-run.ts';
import { ownConnections } from '../own-connections.ts';

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
  /** Of its run. */
  readonly cause: RunCause;
  readonly asset: string;
  readonly taskKey: string;
  /** Whether it has outlived so many processes that it is not tried again in this execution of its run. */
  readonly isGivenUp: boolean;
  /** The announcement by which the dead process had it. */
  readonly announcementId: string | null;
}

/** A process that has said nothing for so long counts as dead, be it killed, stopped, stuck or cut off. */
export const DEAD_AFTER_MS = 8_000;
/** Of that time: how often a process says that it lives. */
const BEAT_SHARE = 1 / 4;
/** Before others may take it for dead, a process that could not say that it lives acts as if it were. */
const CERTAIN_SHARE = 3 / 4;
/** How long one sign of life may take: where it hangs, there is time for another one on a new connection. */
const WAIT_SHARE = 5 / 16;
/** One for the sign of life, one for what is shared among those that live. */
const CONNECTIONS = 2;

/**
 * The name that the sessions of a worker bear at the server: whoever finds the worker dead ends them, and with them its locks and the
 * transactions that it left half done.
 */
export function sessionName(program: string, workerId: string): string {
  return `${program}/${workerId}`;
}

/** Milliseconds by two clocks. */
export interface Elapsed {
  /** Never set, but it stands still while the machine is suspended. */
  steadyMs(): number;
  /** Goes on meanwhile, but is set now and then. */
  wallMs(): number;
}

const systemElapsed: Elapsed = { steadyMs: () => performance.now(), wallMs: () => Date.now() };

/**
 * A process among those that share the run log. By the server's clock: those of the processes may differ, and be set. Signs of life have
 * connections of their own, so that no load makes them late.
 */
export class Presence {
  readonly workerId: string;
  readonly #shared: Pool;
  readonly #facts: WorkerFacts;
  readonly #elapsed: Elapsed;
  #deadAfterMs = DEAD_AFTER_MS;
  #own: Pool | null = null;
  #lastBeat: { readonly steadyMs: number; readonly wallMs: number } | null = null;
  #generation = 0;

  /** @param workerId that the sessions of `pool` bear in their name, see `sessionName`. */
  constructor(pool: Pool, workerId: string, facts: WorkerFacts, elapsed: Elapsed = systemElapsed) {
    this.workerId = workerId;
    this.#shared = pool;
    this.#facts = facts;
    this.#elapsed = elapsed;
  }

  /** Has this process count as dead after another time than 8 seconds without a sign of life; before the first one. */
  countsAsDeadAfter(milliseconds: number): void {
    this.#deadAfterMs = milliseconds;
  }

  /** Milliseconds between two signs of life. */
  get beatEveryMs(): number {
    return this.#deadAfterMs * BEAT_SHARE;
  }

  /** Connections that are there whatever the loads do, for statements that take no time. Closed by `leave`. */
  get pool(): Pool {
    this.#own ??= ownConnections(this.#shared, { max: CONNECTIONS, waitMs: this.#deadAfterMs * WAIT_SHARE });
    return this.#own;
  }

  /** Whether no other process can take this one for dead at the moment: not after a suspension of the machine either. */
  get isCertain(): boolean {
    if (this.#lastBeat === null) return false;
    const steadyMs = this.#elapsed.steadyMs() - this.#lastBeat.steadyMs;
    const wallMs = this.#elapsed.wallMs() - this.#lastBeat.wallMs;
    return Math.max(steadyMs, wallMs) < this.#deadAfterMs * CERTAIN_SHARE;
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
    const started = { steadyMs: this.#elapsed.steadyMs(), wallMs: this.#elapsed.wallMs() };
    const { host, pid, version } = this.#facts;
    const { rows } = await this.pool.query<{ is_new: boolean }>(
      `insert into ops.workers (worker_id, host, pid, version, silent_ms) values ($1, $2, $3, $4, $5)
       on conflict (worker_id) do update set seen_at = now()
       returning xmax = 0 as is_new`,
      [this.workerId, host, pid, version, this.#deadAfterMs],
    );
    if (rows[0]?.is_new === true) this.#generation += 1;
    this.#lastBeat = started;
    return buryDead(this.pool);
  }

  /** Says that this process ends, having handed back what it had. */
  async leave(): Promise<void> {
    this.#lastBeat = null;
    const { pool } = this;
    this.#own = null;
    try {
      await pool.query('delete from ops.workers where worker_id = $1', [this.workerId]);
    } finally {
      await pool.end();
    }
  }
}

/** Within the time that a sign of life may take. */
const LOCK_TIMEOUT = '500ms';
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

/** By what each process has said of itself: old and new ones may differ. */
const DEAD = `seen_at < now() - silent_ms * interval '1 ms'`;

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
    cause: RunCause;
    asset: string;
    task_key: string;
    is_given_up: boolean;
    announcement_id: string | null;
  }>(
    `with orphaned as (
       select task_id, runs.attempt as run_attempt, cause, tasks.announcement_id, ${IS_GIVEN_UP} as is_given_up
       from ops.tasks
       join ops.runs using (run_id)
       where ${ORPHANED}
       order by task_id
       for update of tasks
     )
     update ops.tasks
     set state = case when is_given_up then 'failed' else 'queued' end, deaths = deaths + 1, worker_id = null, announcement_id = null,
       cursor = case when is_given_up then null else cursor end, finished_at = case when is_given_up then now() end,
       error_class = case when is_given_up then ${GIVEN_UP_CLASS} end,
       error_message = case when is_given_up then ${GIVEN_UP_MESSAGE} end
     from orphaned
     where tasks.task_id = orphaned.task_id
     returning tasks.task_id, run_id, run_attempt, cause, asset, task_key, is_given_up, orphaned.announcement_id`,
  );
  return rows.map((row) => ({
    taskId: row.task_id,
    runId: row.run_id,
    runAttempt: row.run_attempt,
    cause: row.cause,
    asset: row.asset,
    taskKey: row.task_key,
    isGivenUp: row.is_given_up,
    announcementId: row.announcement_id,
  }));
}
