import type { FaultRates } from './profile.ts';
import type { Metric } from '../world/daily-aggregate.ts';
import { hash, hashText, pick, unit } from '../world/hash.ts';
import { DAY } from '../world/time.ts';

/**
 * What never works for a broken customer, on its hierarchy, device states and daily aggregates:
 * `server-error`: always 500; `bad-gateway`: always 502 with HTML; `invalid-json`: a page that is never valid JSON;
 * `cut`: a page that is never sent to its end. The last two are the last page of a listing; pages before it work.
 */
export type BrokenKind = 'server-error' | 'bad-gateway' | 'invalid-json' | 'cut';

const KINDS = ['server-error', 'invalid-json', 'bad-gateway', 'cut'] as const satisfies readonly BrokenKind[];

/** A shard's refusal to aggregate a metric at customer level. */
export interface AggregateRefusal {
  readonly status: 404 | 405 | 413 | 501 | 503 | 504;
  /** Whether the first page is still answered, so that the listing breaks off after it. */
  readonly afterFirstPage: boolean;
}

/** What never works, by seed; the same for the shards and for the truth. */
export interface Breakage {
  /** How a customer is broken, or null. A slot of the roster is broken for ever, whoever holds it. */
  broken(customer: number): BrokenKind | null;
  /** How the customer-level call for a metric and day (seconds) is refused, or null. */
  refusal(customer: number, metric: Metric, day: number): AggregateRefusal | null;
}

/** Draws the broken customers: `brokenCustomers` of the slots, at least one if the rate is above 0. */
export function createBreakage(seed: string, slots: number, rates: FaultRates): Breakage {
  const key = hash(hashText(seed), 6);
  const count = rates.brokenCustomers === 0 ? 0 : Math.max(1, Math.round(slots * rates.brokenCustomers));
  const drawn = Array.from({ length: count === 0 ? 0 : slots }, (_, slot) => slot)
    .toSorted((a, b) => hash(key, a) - hash(key, b))
    .slice(0, count);
  const kinds = new Map(drawn.map((slot, rank) => [slot, KINDS[rank % KINDS.length] ?? 'server-error']));
  return {
    broken: (customer) => kinds.get(customer % slots) ?? null,
    refusal: (customer, metric, day) => {
      const pair = hash(hash(hash(key, -1), customer), hashText(metric));
      if (unit(pair, 0) >= rates.aggregateRefusals) return null;
      const always = unit(pair, 1) < 0.7;
      if (!always && unit(hash(pair, 2), day / DAY) < 0.5) return null;
      const status = pick(pair, 3, [404, 405, 413, 501, 503, 504] as const);
      return { status, afterFirstPage: status >= 503 && unit(pair, 4) < 0.5 };
    },
  };
}
