/** What a shard was asked since it started, or since the counters were reset. */
export interface ShardRequests {
  /** The shard's name: host and port. */
  readonly shard: string;
  /** Requests that came in, whatever was answered. */
  readonly total: number;
  /** The most requests that were open at one moment. */
  readonly maxConcurrent: number;
  /** Logins that succeeded. */
  readonly logins: number;
  /** Requests that the untidy profile answered with a fault instead of what was asked for. */
  readonly faults: number;
}

const CELL = { open: 0, total: 1, maxConcurrent: 2, logins: 3, faults: 4 } as const;
const CELLS = Object.keys(CELL).length;

/** Request counters of one shard in memory that threads share. */
export class Counters {
  readonly shared: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(shared = new SharedArrayBuffer(4 * CELLS)) {
    this.shared = shared;
    this.#cells = new Int32Array(shared);
  }

  /** A request came in. */
  opened(): void {
    Atomics.add(this.#cells, CELL.total, 1);
    const open = Atomics.add(this.#cells, CELL.open, 1) + 1;
    // Only the shard's own thread writes this one, but for a reset.
    if (open > Atomics.load(this.#cells, CELL.maxConcurrent)) Atomics.store(this.#cells, CELL.maxConcurrent, open);
  }

  /** A request is over: answered, cut or given up. */
  closed(): void {
    Atomics.sub(this.#cells, CELL.open, 1);
  }

  loggedIn(): void {
    Atomics.add(this.#cells, CELL.logins, 1);
  }

  faulted(): void {
    Atomics.add(this.#cells, CELL.faults, 1);
  }

  /** The counters as they stand. */
  read(shard: string): ShardRequests {
    const cell = (name: keyof typeof CELL): number => Atomics.load(this.#cells, CELL[name]);
    return {
      shard,
      total: cell('total'),
      maxConcurrent: cell('maxConcurrent'),
      logins: cell('logins'),
      faults: cell('faults'),
    };
  }

  /** Sets all to zero; requests that are open stay open. */
  reset(): void {
    for (const name of ['total', 'maxConcurrent', 'logins', 'faults'] as const) {
      Atomics.store(this.#cells, CELL[name], 0);
    }
  }
}
