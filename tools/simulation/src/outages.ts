/** A stretch of simulated time, half-open. */
export interface Stretch {
  readonly from: Date;
  readonly to: Date;
}

/** What can be away: the platform itself, one shard of the API, the object store, the battery database. */
export type Part = 'platform' | 'shard' | 'object-store' | 'battery-database';

/** When what is away, in order and never twice at once for one part. */
export type Outages = Readonly<Record<Part, readonly Stretch[]>>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How often, in days from one end to the next beginning, and for how many hours at most. */
const HABITS: Readonly<Record<Part, { readonly everyDays: number; readonly mostHours: number }>> = {
  platform: { everyDays: 40, mostHours: 100 },
  shard: { everyDays: 30, mostHours: 30 },
  'object-store': { everyDays: 45, mostHours: 50 },
  'battery-database': { everyDays: 45, mostHours: 50 },
};

/** Outages of all parts, the same for the same seed. */
export function planOutages({ from, to }: Stretch, seed: number): Outages {
  const stretchesOf = (part: Part, index: number): readonly Stretch[] => {
    const random = randomFrom(seed * 31 + index);
    const { everyDays, mostHours } = HABITS[part];
    const stretches: Stretch[] = [];
    for (let at = from.getTime(); ;) {
      const begin = at + (0.5 + random()) * everyDays * DAY_MS;
      const end = begin + (0.02 + random()) * mostHours * HOUR_MS;
      if (end >= to.getTime() - DAY_MS) return stretches;
      stretches.push({ from: new Date(begin), to: new Date(end) });
      at = end;
    }
  };
  return {
    platform: stretchesOf('platform', 0),
    shard: stretchesOf('shard', 1),
    'object-store': stretchesOf('object-store', 2),
    'battery-database': stretchesOf('battery-database', 3),
  };
}

/** Whether a part is away at a moment. */
export function isAway(outages: Outages, part: Part, at: Date): boolean {
  return outages[part].some(({ from, to }) => from <= at && at < to);
}

/** Mulberry32, a small generator for repeatable choices: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
