import type { FaultRates } from '../fleet/profile.ts';
import { hash, hashText, pick, unit } from '../world/hash.ts';

/** How a Retry-After header says when to come back; `none` sends no header. */
export type RetryAfterForm = 'none' | 'seconds' | 'date';

/** What a shard answers instead of what it was asked for. */
export type Fault =
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'problem'; readonly status: 429 | 503; readonly retryAfter: RetryAfterForm }
  | { readonly kind: 'gateway'; readonly status: 502 | 504 }
  | { readonly kind: 'cut' };

/** Past this many requests that met a fault, the oldest are forgotten and may meet it again. */
const REMEMBERED_REQUESTS = 50_000;

/**
 * Decides which requests meet a fault. The same request (method, path, query, simulated hour) meets the same fault, once
 * or twice, and is answered from then on: so a retry succeeds, whatever else is asked at the same time.
 */
export class Faults {
  readonly #key: number;
  readonly #rates: FaultRates;
  readonly #tries = new Map<number, number>();

  constructor(seed: string, rates: FaultRates) {
    this.#key = hash(hashText(seed), 5);
    this.#rates = rates;
  }

  /** The fault that a request meets now, or null. Counts the try. */
  next(request: string): Fault | null {
    const identity = hash(this.#key, hashText(request));
    const fault = this.#planned(identity);
    if (fault === null) return null;
    const tries = this.#tries.get(identity) ?? 0;
    const planned = fault.kind === 'unauthorized' ? 1 : 1 + (hash(identity, 2) & 1);
    if (tries >= planned) return null;
    if (this.#tries.size >= REMEMBERED_REQUESTS) this.#tries.delete(this.#tries.keys().next().value ?? 0);
    this.#tries.set(identity, tries + 1);
    return fault;
  }

  #planned(identity: number): Fault | null {
    const rates = this.#rates;
    let chance = unit(identity, 1);
    if ((chance -= rates.unauthorized) < 0) return { kind: 'unauthorized' };
    const retryAfter = pick(identity, 3, ['none', 'seconds', 'date'] as const);
    if ((chance -= rates.tooManyRequests) < 0) return { kind: 'problem', status: 429, retryAfter };
    if ((chance -= rates.unavailable) < 0) return { kind: 'problem', status: 503, retryAfter };
    if ((chance -= rates.badGateway) < 0) return { kind: 'gateway', status: pick(identity, 4, [502, 504]) };
    return chance - rates.cutConnections < 0 ? { kind: 'cut' } : null;
  }
}
