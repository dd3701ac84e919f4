import fc from 'fast-check';
import type { RawRow } from '../src/raw-row.ts';
import { row, RUN_1, RUN_2 } from './readings.ts';

/** A claim as the model knows it. */
export interface Claim {
  readonly device: string;
  readonly queriedAt: string;
  readonly customer: string;
  readonly shard: string;
  readonly own: boolean;
  readonly seen: string | null;
  readonly value: number;
  readonly run: string;
}

/** Claims of few keys, so that they meet. */
export const claims: fc.Arbitrary<Claim> = fc.record({
  device: fc.constantFrom('d-1', 'd-2', 'd-3', 'd-4'),
  queriedAt: fc.constantFrom(
    '2026-11-20T00:00:00.000Z',
    '2026-11-20T12:00:00.000Z',
    '2026-11-21T00:00:00.000Z',
    '2026-10-31T00:00:00.000Z',
  ),
  customer: fc.constantFrom('c-1', 'c-2'),
  shard: fc.constantFrom('shard:1', 'shard:2'),
  own: fc.boolean(),
  seen: fc.constantFrom(null, '2026-11-19T01:00:00.000Z', '2026-11-19T02:00:00.000Z'),
  value: fc.integer({ min: 0, max: 2 }),
  run: fc.constantFrom(RUN_1, RUN_2),
});

/** The row to load for a claim. */
export function rowOf(claim: Claim): RawRow {
  const document = {
    deviceId: claim.device,
    value: claim.value,
    ...(claim.own ? { customerId: claim.customer } : {}),
    ...(claim.seen === null ? {} : { lastSeenAt: claim.seen }),
  };
  return row(document, {
    queried_at: claim.queriedAt,
    customer_id: claim.customer,
    shard: claim.shard,
    run_id: claim.run,
  });
}

/** What a load must report. */
export interface ModelCounts {
  inserted: number;
  updated: number;
  unchanged: number;
  superseded: number;
  duplicates: number;
  readonly touched: Set<string>;
}

/** A claim of a batch, and the place of its stream there. */
interface StreamClaim {
  readonly claim: Claim;
  readonly part: number;
}

/** The whole table in memory. */
export class Model {
  readonly stored = new Map<string, Claim>();
  readonly #isRanked: boolean;

  constructor(isRanked: boolean) {
    this.#isRanked = isRanked;
  }

  /**
   * Stores one batch.
   *
   * @param parts the claims of each stream in it.
   * @returns what became of each stream's claims.
   */
  load(...parts: readonly (readonly Claim[])[]): readonly ModelCounts[] {
    const none = { inserted: 0, updated: 0, unchanged: 0, superseded: 0, duplicates: 0 };
    const counts: readonly ModelCounts[] = parts.map(() => ({ ...none, touched: new Set() }));
    const winners = new Map<string, StreamClaim>();
    for (const contender of parts.flatMap((part, index) => part.map((claim) => ({ claim, part: index })))) {
      const key = `${contender.claim.device} ${contender.claim.queriedAt}`;
      const other = winners.get(key);
      const isWinner = other === undefined || this.#wins(contender.claim, other.claim);
      const loser = isWinner ? other : contender;
      if (loser !== undefined) counts[loser.part]!.duplicates += 1;
      if (isWinner) winners.set(key, contender);
    }
    for (const [key, { claim, part }] of winners) this.#store(key, claim, counts[part]!);
    return counts;
  }

  /** The table as `storedClaims` reads it. */
  get table(): ReadonlyMap<string, unknown> {
    return new Map(
      [...this.stored].map(([key, claim]) => {
        const payload = JSON.parse(rowOf(claim).allowed.payload) as unknown;
        return [key, [{ customer: claim.customer, shard: claim.shard, payload }, claim.run]];
      }),
    );
  }

  #store(key: string, claim: Claim, counts: ModelCounts): void {
    const stored = this.stored.get(key);
    if (stored !== undefined && says(stored) === says(claim)) counts.unchanged += 1;
    else if (stored !== undefined && !this.#wins(claim, stored)) counts.superseded += 1;
    else {
      counts[stored === undefined ? 'inserted' : 'updated'] += 1;
      this.stored.set(key, claim);
      counts.touched.add(claim.queriedAt.slice(0, 10));
    }
  }

  #wins(claim: Claim, other: Claim): boolean {
    if (!this.#isRanked) return true;
    const ranks = (of: Claim): string => [of.own ? 1 : 0, of.seen ?? '', of.customer, of.shard].join(' ');
    return ranks(claim) >= ranks(other);
  }
}

/** What a claim says, its run left out: that is provenance. */
function says(claim: Claim): string {
  return JSON.stringify({ ...claim, run: null });
}
