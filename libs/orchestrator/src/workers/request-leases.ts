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
  /** Requests that may be under way at a shard, over all processes. With fewer than there are processes, these take turns. */
  readonly perShard: number;
  /** How long a turn lasts then. Seconds, the same for all processes. Default: 10. */
  readonly roundSeconds?: number;
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
    const { presence, perShard, roundSeconds = ROUND_SECONDS } = this.#options;
    const { pool } = presence;
    const shards = this.#requests?.shards ?? [];
    if (shards.length === 0) return;
    const { generation } = presence;
    const { rows } = await pool.query<{ rank: number; workers: number; round: number }>(
      `select rank::integer, workers::integer, floor(extract(epoch from now()) / $2)::integer as round
       from (select worker_id, row_number() over (order by worker_id) as rank, count(*) over () as workers from ops.workers) as live
       where worker_id = $1`,
      [presence.workerId, roundSeconds],
    );
    const present = rows[0];
    const shares = shards.toSorted().map((shard, place) => ({
      shard,
      // Taken for dead: the slots are gone, and the next sign of life is this process's next chance.
      share: present ? shareOf(perShard, { ...present, round: present.round + place }) : 0,
    }));
    // No new request beyond the share from here on; what is under way keeps its slot.
    for (const { shard, share } of shares) this.#usable.set(shard, Math.min(share, this.#held.get(shard) ?? 0));
    await this.#exchange(
      shares.map(({ shard, share }) => ({ shard, share, kept: Math.max(share, this.#requests?.count(shard) ?? 0) })),
    );
    for (const { shard, share } of shares) this.#usable.set(shard, Math.min(share, this.#held.get(shard) ?? 0));
    this.#generation = generation;
    this.#requests?.look();
  }

  /** Gives back what is beyond `kept`, and takes what is free up to `share`. */
  async #exchange(
    wanted: readonly { readonly shard: string; readonly share: number; readonly kept: number }[],
  ): Promise<void> {
    const shards = wanted.map(({ shard }) => shard);
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
      [presence.workerId, shards, wanted.map(({ kept }) => kept)],
    );
    await pool.query(
      `insert into ops.request_leases (shard, slot, worker_id)
       select shard, slot, $1
       from (
         select wanted.shard, wanted.share, slot, row_number() over (partition by wanted.shard order by slot) as number,
           (select count(*) from ops.request_leases as mine where mine.shard = wanted.shard and mine.worker_id = $1) as held
         from unnest($2::text[], $3::integer[]) as wanted (shard, share), generate_series(1, $4::integer) as slot
         where not exists (
           select from ops.request_leases as taken where taken.shard = wanted.shard and taken.slot = slot.slot)
       ) as free
       where held + number <= share
       on conflict (shard, slot) do nothing`,
      [presence.workerId, shards, wanted.map(({ share }) => share), perShard],
    );
    const { rows } = await pool.query<{ shard: string; held: number }>(
      'select shard, count(*)::integer as held from ops.request_leases where worker_id = $1 group by shard',
      [presence.workerId],
    );
    this.#held.clear();
    for (const { shard, held } of rows) this.#held.set(shard, held);
  }
}

/** With more processes than slots, these go round: long enough for a page of a listing, short enough for a task's deadline. */
const ROUND_SECONDS = 10;

/**
 * Pure: an equal share; what is left over goes to the first. With fewer slots than processes none would be left for the last ones for ever, so
 * the first one is another with each round.
 */
export function shareOf(
  slots: number,
  { rank, workers, round }: { readonly rank: number; readonly workers: number; readonly round: number },
): number {
  const place = slots < workers ? (rank - 1 + round) % workers : rank - 1;
  return Math.floor(slots / workers) + (place < slots % workers ? 1 : 0);
}
