/** What the server can do wrong on purpose. */
export type FaultKind =
  /** Cuts the connection after `bytes` of the body (default 0). */
  | { readonly kind: 'cut'; readonly bytes?: number }
  /** Answers an error document; default 503 `SlowDown`. */
  | { readonly kind: 'status'; readonly status?: number; readonly code?: string; readonly headers?: Headers }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** Sends `bytes` of the body (default 0), then nothing more; the connection stays open. */
  | { readonly kind: 'stall'; readonly bytes?: number }
  /** Sends the body in pieces of `bytes` (default 1) with `everyMs` (default 1000) between them. */
  | { readonly kind: 'trickle'; readonly bytes?: number; readonly everyMs?: number }
  /** Gives this ETag in listings or in answers to GET and HEAD. `If-Match` is compared with it. */
  | { readonly kind: 'etag'; readonly etag: string }
  /** Does not look at `If-Match`. */
  | { readonly kind: 'ignore-if-match' }
  /** Does not look at `Range`. */
  | { readonly kind: 'ignore-range' }
  /** Answers 200 with this body instead of its own. */
  | { readonly kind: 'body'; readonly body: string | Uint8Array; readonly headers?: Headers };

type Headers = Readonly<Record<string, string>>;

/** What a request asks for. */
export type OperationName = 'list' | 'get' | 'head' | 'put' | 'delete' | 'bucket';

/** A fault and where it happens; what is left out matches everything. */
export interface Fault {
  readonly operation?: OperationName;
  /** The object's key; of a listing, its prefix. */
  readonly key?: string;
  /** How often; then the server behaves again. Default 1; Infinity for always. */
  readonly times?: number;
  /** How many matching requests are let through first. Default 0. */
  readonly after?: number;
  readonly with: FaultKind;
}

/** The faults that a server has been told of. */
export class Faults {
  readonly #faults: { readonly fault: Fault; left: number; skip: number }[] = [];

  add(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? 1, skip: fault.after ?? 0 });
  }

  clear(): void {
    this.#faults.length = 0;
  }

  /** Takes the faults of a request: at most one of each kind, the first that was added. */
  take(operation: OperationName, key: string): readonly FaultKind[] {
    const taken: FaultKind[] = [];
    for (const entry of this.#faults) {
      const { fault } = entry;
      const matches = (fault.operation ?? operation) === operation && (fault.key ?? key) === key;
      if (!matches || entry.left <= 0 || taken.some(({ kind }) => kind === fault.with.kind)) continue;
      if (entry.skip > 0) {
        entry.skip--;
        continue;
      }
      entry.left--;
      taken.push(fault.with);
    }
    return taken;
  }
}

/** The fault of a kind among those taken. */
export function faultOf<K extends FaultKind['kind']>(
  faults: readonly FaultKind[],
  kind: K,
): Extract<FaultKind, { kind: K }> | undefined {
  return faults.find((fault): fault is Extract<FaultKind, { kind: K }> => fault.kind === kind);
}
