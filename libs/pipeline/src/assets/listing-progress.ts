import { addCounters, emptyCounters, trafficOf, type TaskCounters } from '@ovis/orchestrator';
import type { CommittedBatch, QuarantinedRow } from '@ovis/raw-loader';

/** What one page brought besides its rows. */
export interface PageFacts {
  readonly bytes: number;
  readonly thermostats: number;
  /** Answers that a device had reported nothing. */
  readonly silentDevices?: number;
  readonly dropped: ReadonlyMap<string, number>;
  readonly mismatched: ReadonlyMap<string, number>;
  readonly quarantined: readonly QuarantinedRow[];
}

/**
 * Keeps the facts of pages that were read and not stored yet, and counts them with their rows: pages are read ahead, and a batch may
 * be stored a second time after a rollback.
 */
export class ListingProgress {
  readonly #counters: TaskCounters;
  #firstNumber: number;
  #pages: PageFacts[] = [];
  /** The last page of the batch that was counted last, and the counters without that batch. */
  #last: { readonly pageNumber: number; readonly before: TaskCounters } | null = null;

  /** @param counters the task's; they hold what earlier attempts have stored. */
  constructor(counters: TaskCounters) {
    this.#counters = counters;
    this.#firstNumber = counters.pages + 1;
  }

  /** The number of the page that comes next, from 1. */
  get nextNumber(): number {
    return this.#firstNumber + this.#pages.length;
  }

  add(page: PageFacts): void {
    this.#pages.push(page);
  }

  /**
   * Counts a batch and its pages in the task's counters; again for the same last page, in place of what was counted then.
   *
   * @returns the rows of these pages that were refused, by the allowlist or the loader.
   */
  count(lastNumber: number, batch: CommittedBatch<unknown>): readonly QuarantinedRow[] {
    if (this.#last?.pageNumber === lastNumber) this.#restore(this.#last.before);
    else {
      // The batch before this one is stored, or there would be none after it.
      if (this.#last !== null) this.#forgetUpTo(this.#last.pageNumber);
      this.#last = { pageNumber: lastNumber, before: structuredClone(this.#counters) };
    }
    const pages = this.#pages.slice(0, lastNumber - this.#firstNumber + 1);
    const quarantined = [...pages.flatMap((page) => page.quarantined), ...batch.quarantined];
    const counters = countersOf(pages);
    counters.rowsInserted = batch.inserted;
    counters.rowsUpdated = batch.updated;
    counters.rowsUnchanged = batch.unchanged;
    counters.rowsSuperseded = batch.superseded;
    counters.duplicates = batch.duplicates;
    counters.sanitized = batch.sanitized;
    counters.quarantined = quarantined.length;
    addCounters(this.#counters, counters);
    return quarantined;
  }

  #forgetUpTo(pageNumber: number): void {
    this.#firstNumber += this.#pages.splice(0, pageNumber - this.#firstNumber + 1).length;
  }

  /** What was asked of the source is counted whether or not anything of it is stored. */
  #restore(before: TaskCounters): void {
    Object.assign(this.#counters, structuredClone(before), trafficOf(this.#counters));
  }
}

function countersOf(pages: readonly PageFacts[]): TaskCounters {
  const counters = emptyCounters();
  counters.pages = pages.length;
  for (const page of pages) {
    counters.bytes += page.bytes;
    counters.thermostats += page.thermostats;
    counters.silentDevices += page.silentDevices ?? 0;
    addByPath(counters.dropped, page.dropped);
    addByPath(counters.mismatched, page.mismatched);
  }
  return counters;
}

function addByPath(total: Record<string, number>, part: ReadonlyMap<string, number>): void {
  for (const [path, count] of part) total[path] = (total[path] ?? 0) + count;
}
