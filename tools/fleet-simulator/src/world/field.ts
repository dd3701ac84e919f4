import { customersOfShard, installedCount, siteOf, type DeviceSite, type Roster } from './roster.ts';

/** All devices in the field at a time, in a fixed order, each to be found by its place: shard by shard, customer by customer. */
export interface Field {
  readonly size: number;
  /** The devices at the places [start, end). */
  sites(start: number, end: number): Generator<DeviceSite>;
}

/** Counts the field: O(customers) time and memory. */
export function fieldAt(roster: Roster, time: number): Field {
  const customers: number[] = [];
  /** Places at which the customers' devices begin, and the size of all. */
  const begins: number[] = [0];
  for (let shard = 0; shard < roster.shards; shard++) {
    for (const customer of customersOfShard(roster, shard, time)) {
      const count = installedCount(roster, customer, time);
      if (count === 0) continue;
      customers.push(customer);
      begins.push((begins.at(-1) ?? 0) + count);
    }
  }
  const size = begins.at(-1) ?? 0;
  return {
    size,
    *sites(start, end) {
      let place = start;
      for (let at = lastNotAfter(begins, start); place < Math.min(end, size); at++) {
        const customer = customers[at] ?? 0;
        const first = begins[at] ?? 0;
        for (const next = Math.min(end, begins[at + 1] ?? 0); place < next; place++) {
          yield siteOf(roster, customer, place - first);
        }
      }
    },
  };
}

/** Binary search. */
function lastNotAfter(ascending: readonly number[], wanted: number): number {
  let low = 0;
  for (let high = ascending.length; high - low > 1;) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) <= wanted) low = middle;
    else high = middle;
  }
  return low;
}
