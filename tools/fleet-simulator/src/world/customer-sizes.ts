import { hash } from './hash.ts';

/**
 * Spreads devices over customers as life does: the customer of rank r gets a share that falls like 1 / (r + 5)^1.1, so
 * that a few hold thousands and most hold a handful. The ranks are shuffled.
 *
 * @returns one size a customer, each at least 1, together `devices`.
 */
export function customerSizes(devices: number, customers: number, key: number): Int32Array {
  const weights = Float64Array.from({ length: customers }, (_, rank) => 1 / (rank + 5) ** 1.1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const spare = devices - customers;
  const sizes = new Int32Array(customers);
  let left = spare;
  for (let rank = 0; rank < customers; rank++) {
    const extra = Math.floor((spare * (weights[rank] ?? 0)) / total);
    sizes[rank] = 1 + extra;
    left -= extra;
  }
  for (let rank = 0; left > 0; rank = (rank + 1) % customers, left--) sizes[rank] = (sizes[rank] ?? 0) + 1;
  return shuffled(sizes, key);
}

function shuffled(values: Int32Array, key: number): Int32Array {
  for (let i = values.length - 1; i > 0; i--) {
    const j = hash(key, i) % (i + 1);
    const swap = values[i] ?? 0;
    values[i] = values[j] ?? 0;
    values[j] = swap;
  }
  return values;
}

/**
 * Gives each customer a shard: the largest first, each to the shard with the fewest devices so far (the lower number
 * on a tie), so that shards are about equally large and none is empty while there are customers enough.
 */
export function assignShards(sizes: Int32Array, shards: number): Int32Array {
  const bySize = Array.from(sizes.keys()).toSorted((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || a - b);
  const load = new Float64Array(shards);
  const shardOf = new Int32Array(sizes.length);
  for (const slot of bySize) {
    let lightest = 0;
    for (let shard = 1; shard < shards; shard++) if ((load[shard] ?? 0) < (load[lightest] ?? 0)) lightest = shard;
    shardOf[slot] = lightest;
    load[lightest] = (load[lightest] ?? 0) + (sizes[slot] ?? 0);
  }
  return shardOf;
}
