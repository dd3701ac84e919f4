/**
 * The simulated time, shared by all threads: either it stands still, or it runs as fast as the wall clock.
 * A change is seen by every shard at once.
 */
export class SimulatedClock {
  /** Memory to hand to another thread, which makes its own clock from it. */
  readonly shared: SharedArrayBuffer;
  /** [0]: the time that stands still, or NaN; [1]: what to add to the wall clock while the time runs; milliseconds. */
  readonly #state: Float64Array;
  readonly #wallClock: () => number;

  /** @param wallClock milliseconds since 1970. */
  constructor(wallClock: () => number, shared = new SharedArrayBuffer(16)) {
    this.shared = shared;
    this.#state = new Float64Array(shared);
    this.#wallClock = wallClock;
  }

  /** The simulated time in milliseconds since 1970. */
  now(): number {
    const [frozen = Number.NaN, offset = 0] = this.#state;
    return Number.isNaN(frozen) ? this.#wallClock() + offset : frozen;
  }

  /** Whether the time runs. */
  get running(): boolean {
    return Number.isNaN(this.#state[0]);
  }

  /** Sets the time, in milliseconds since 1970; from there it runs or stands still. */
  set(timeMs: number, running: boolean): void {
    this.#state[1] = timeMs - this.#wallClock();
    this.#state[0] = running ? Number.NaN : timeMs;
  }
}
