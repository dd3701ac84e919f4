import { readEvents, newestEventId, type RecordedEvent } from '@ovis/orchestrator';
import type { Pool } from 'pg';
import { settledEvents } from './settled-events.ts';

const LOOK_EVERY_MS = 500;
const LONGEST_WAIT_MS = 10_000;
const MOST_AT_ONCE = 500;
/** A number that is missing for so long was rolled back and will not come. */
const GAP_LASTS_MS = 3_000;

/** What a stream reads of the feed. */
export interface FeedPage {
  readonly events: readonly RecordedEvent[];
  /** Behind which the next page begins. */
  readonly position: number;
}

/**
 * The end of the run log as it grows: one query for all streams of this process, and none while there is no stream. Numbers are given to
 * events before they are to be seen, so one may come to sight behind a greater one; the feed goes on only where no number is missing.
 */
export class EventFeed {
  readonly #pool: Pool;
  readonly #onTrouble: (error: unknown) => void;
  #position: number | null = null;
  #recent: readonly RecordedEvent[] = [];
  /** The position behind which `#recent` begins. */
  #recentAfter = 0;
  #gapSinceMs: number | null = null;
  #streams = 0;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #advanced = Promise.withResolvers<void>();

  constructor(pool: Pool, onTrouble: (error: unknown) => void) {
    this.#pool = pool;
    this.#onTrouble = onTrouble;
  }

  get streams(): number {
    return this.#streams;
  }

  /** Begins to follow. @returns the present end, and what stops following. */
  async open(): Promise<{ readonly position: number; readonly close: () => void }> {
    this.#streams += 1;
    try {
      if (this.#position === null) this.#begin(await newestEventId(this.#pool));
    } catch (error) {
      this.#leave();
      throw error;
    }
    this.#schedule();
    let isClosed = false;
    const close = (): void => {
      if (!isClosed) this.#leave();
      isClosed = true;
    };
    return { position: this.#position ?? 0, close };
  }

  #begin(position: number): void {
    this.#position = position;
    this.#recentAfter = position;
    this.#recent = [];
    this.#gapSinceMs = null;
  }

  /** What follows a position, up to the present end; nothing if there is nothing yet. */
  async read(after: number, runId: string | undefined): Promise<FeedPage> {
    const upTo = this.#position ?? after;
    if (after >= upTo) return { events: [], position: after };
    if (after >= this.#recentAfter) {
      const events = this.#recent.filter(
        (event) => event.eventId > after && (runId === undefined || event.runId === runId),
      );
      return { events, position: upTo };
    }
    const range = { after, upTo, atMost: MOST_AT_ONCE, ...(runId === undefined ? {} : { runId }) };
    const events = await readEvents(this.#pool, range);
    const last = events.at(-1);
    return { events, position: events.length === MOST_AT_ONCE && last ? last.eventId : upTo };
  }

  /** Resolves when there is more than up to this position, or the wait is over. */
  async wait(position: number, atMostMs: number, signal: AbortSignal): Promise<void> {
    if ((this.#position ?? 0) > position || signal.aborted) return;
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, atMostMs);
    signal.addEventListener('abort', () => over.resolve(), { once: true });
    await Promise.race([this.#advanced.promise, over.promise]);
    clearTimeout(timer);
  }

  #leave(): void {
    this.#streams -= 1;
    if (this.#streams > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#position = null;
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#streams === 0) return;
    const waitMs = Math.min(LONGEST_WAIT_MS, LOOK_EVERY_MS * 2 ** this.#failures);
    const timer = setTimeout(() => {
      void this.#look().finally(() => {
        // The last stream may have gone, and another one come.
        if (this.#timer !== timer) return;
        this.#timer = undefined;
        this.#schedule();
      });
    }, waitMs);
    this.#timer = timer;
  }

  async #look(): Promise<void> {
    const position = this.#position;
    if (position === null) return;
    try {
      const found = await readEvents(this.#pool, { after: position, atMost: MOST_AT_ONCE });
      this.#failures = 0;
      if (this.#position !== position) return;
      this.#advance(position, found);
    } catch (error) {
      this.#failures = Math.min(this.#failures + 1, 10);
      this.#onTrouble(error);
    }
  }

  #advance(position: number, found: readonly RecordedEvent[]): void {
    const nowMs = performance.now();
    const waited = this.#gapSinceMs !== null && nowMs - this.#gapSinceMs >= GAP_LASTS_MS;
    const settled = waited ? found : settledEvents(position, found);
    this.#gapSinceMs = settled.length < found.length ? (this.#gapSinceMs ?? nowMs) : null;
    const last = settled.at(-1);
    if (!last) return;
    this.#recentAfter = position;
    this.#recent = settled;
    this.#position = last.eventId;
    const advanced = this.#advanced;
    this.#advanced = Promise.withResolvers<void>();
    advanced.resolve();
  }
}
