/** A bounded number of places, given out in the order of asking; a waiting caller can give up by its signal. */
export class Slots {
  readonly #waiting = new Set<() => void>();
  readonly #limit: () => number;
  #taken = 0;

  /** @param limit asked whenever a place is wanted: it may change, see `look`. */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  /** Callers that wait for a place. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Places that are taken: more than the limit for a while, when that has become less. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Waits for a place.
   * @returns gives the place back; further calls do nothing.
   * @throws the signal's reason.
   */
  async acquire(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    // Whoever waits already comes first.
    if (this.#waiting.size === 0 && this.#taken < this.#limit()) this.#taken++;
    else await this.#queue(signal);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken--;
      this.look();
    };
  }

  /** Gives out what is free; to be called when the limit has become more. */
  look(): void {
    for (const enter of this.#waiting) {
      if (this.#taken >= this.#limit()) return;
      this.#taken++;
      this.#waiting.delete(enter);
      enter();
    }
  }

  #queue(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.delete(enter);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.add(enter);
    });
  }
}
