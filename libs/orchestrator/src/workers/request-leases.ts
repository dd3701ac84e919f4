import type { Pool } from 'pg';
import type { Presence } from './presence.ts';

/** The requests of this process, which the leases limit. */
interface RequestsUnderWay {
  readonly shards: readonly string[];
  count(shard: string): number;
  look(): void;
}

/** What is shared. */
export interface RequestLeasesOptions {
  /** Of the process; what is shared is looked at over the connections of its presence, which no load holds up. */
  readonly pool?: Pool;
  readonly presence: Presence;
  /** Requests that may be under way at a shard, over all processes; no fewer than there are processes. */
  readonly perShard: number;
}

/**
 * Shares the requests of each shard among the processes that live. Each holds as many slots of a shard as it may have requests under way;
 * it gives back those beyond its share once they are not used, and takes free ones up to its share. So no two processes ever hold a slot
 * at the same time, and no request costs a question to the database.
 */
export class RequestLeases {
  readonly #options: RequestLeasesOptions;
  /** Slots held. */
  readonly #held = new Map<string, number>();
  /** What of them may be used: less, while some are to be given back. */
  readonly #usable = new Map<string, number>();
  #requests: RequestsUnderWay | null = null;
  /** The life of the process in which the slots were taken. */
  #generation = -1;

  constructor(options: RequestLeasesOptions) {
    this.#options = options;
  }

  attach(requests: RequestsUnderWay): void {
    this.#requests = requests;
  }

  /** How many requests this process may have under way; none while others may take it for dead and have its slots. */
  limitOf(shard: string): number {
    const { presence } = this.#options;
    const areOurs = presence.isCertain && presence.generation === this.#generation;
    return areOurs ? (this.#usable.get(shard) ?? 0) : 0;
  }

  /** Brings what this process holds nearer to its share; to be called after each sign of life. */
  async rebalance(): Promise<void> {
    const { presence, perShard } = this.#options;
    const { pool } = presence;
    const shards = this.#requests?.shards ?? [];
    if (shards.length === 0) return;
    const { generation } = presence;
    const { rows } = await pool.query<{ rank: number; workers: number }>(
      `select rank::integer, workers::integer
       from (select worker_id, row_number() over (order by worker_id) as rank, count(*) over () as workers from ops.workers) as live
       where worker_id = $1`,
      [presence.workerId],
    );
    // Taken for dead: the slots are gone, and the next sign of life is this process's next chance.
    const share = rows[0] ? shareOf(perShard, rows[0].rank, rows[0].workers) : 0;
    // No new request beyond the share from here on; what is under way keeps its slot.
    for (const shard of shards) this.#usable.set(shard, Math.min(share, this.#held.get(shard) ?? 0));
    const kept = shards.map((shard) => Math.max(share, this.#requests?.count(shard) ?? 0));
    await this.#exchange(shards, kept, share);
    for (const shard of shards) this.#usable.set(shard, Math.min(share, this.#held.get(shard) ?? 0));
    this.#generation = generation;
    this.#requests?.look();
  }

  /** Gives back what is beyond `kept`, and takes what is free up to `share`. */
  async #exchange(shards: readonly string[], kept: readonly number[], share: number): Promise<void> {
    const { presence, perShard } = this.#options;
    const { pool } = presence;
    await pool.query(
      `delete from ops.request_leases as lease
       using (
         select shard, slot, row_number() over (partition by shard order by slot) as number
         from ops.request_leases where worker_id = $1
       ) as mine
       join unnest($2::text[], $3::integer[]) as kept (shard, slots) using (shard)
       where lease.shard = mine.shard and lease.slot = mine.slot and lease.worker_id = $1 and mine.number > kept.slots`,
      [presence.workerId, shards, kept],
    );
    await pool.query(
      `insert into ops.request_leases (shard, slot, worker_id)
       select shard, slot, $1
       from (
         select wanted.shard, slot, row_number() over (partition by wanted.shard order by slot) as number,
           (select count(*) from ops.request_leases as mine where mine.shard = wanted.shard and mine.worker_id = $1) as held
         from unnest($2::text[]) as wanted (shard), generate_series(1, $4::integer) as slot
         where not exists (
           select from ops.request_leases as taken where taken.shard = wanted.shard and taken.slot = slot.slot)
       ) as free
       where held + number <= $3
       on conflict (shard, slot) do nothing`,
      [presence.workerId, shards, share, perShard],
    );
    const { rows } = await pool.query<{ shard: string; held: number }>(
      'select shard, count(*)::integer as held from ops.request_leases where worker_id = $1 group by shard',
      [presence.workerId],
    );
    this.#held.clear();
    for (const { shard, held } of rows) this.#held.set(shard, held);
  }
}

/** An equal share; what is left over goes to the first. */
function shareOf(slots: number, rank: number, workers: number): number {
  return Math.floor(slots / workers) + (rank <= slots % workers ? 1 : 0);
}
