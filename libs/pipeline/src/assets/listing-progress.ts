import { emptyCounters, type TaskCounters } from '@ovis/orchestrator';

/** What one page brought besides its rows. */
export interface PageFacts {
  readonly nextCursor: string | null;
  readonly bytes: number;
  readonly thermostats: number;
  readonly dropped: ReadonlyMap<string, number>;
  readonly mismatched: ReadonlyMap<string, number>;
  readonly quarantined: readonly { readonly position: string; readonly reason: string }[];
}

/** The facts of several pages together, as they are written with the rows of these pages. */
export interface PageTotals {
  readonly counters: TaskCounters;
  readonly quarantined: readonly { readonly position: string; readonly reason: string }[];
}

/**
 * Keeps the facts of pages that were read and not committed yet: pages are read ahead, so what is known of a page must wait until
 * its rows are stored.
 */
export class UncommittedPages {
  #firstNumber: number;
  #pages: PageFacts[] = [];

  /** @param pagesCommitted how many pages of the listing were stored by earlier attempts. */
  constructor(pagesCommitted: number) {
    this.#firstNumber = pagesCommitted + 1;
  }

  /** The number of the page that comes next, from 1. */
  get nextNumber(): number {
    return this.#firstNumber + this.#pages.length;
  }

  add(page: PageFacts): void {
    this.#pages.push(page);
  }

  /** Takes out the pages up to and including `lastNumber`, added up. */
  takeUpTo(lastNumber: number): PageTotals {
    const taken = this.#pages.splice(0, lastNumber - this.#firstNumber + 1);
    this.#firstNumber += taken.length;
    const counters = emptyCounters();
    counters.pages = taken.length;
    for (const page of taken) {
      counters.bytes += page.bytes;
      counters.thermostats += page.thermostats;
      addByPath(counters.dropped, page.dropped);
      addByPath(counters.mismatched, page.mismatched);
    }
    return { counters, quarantined: taken.flatMap((page) => page.quarantined) };
  }
}

function addByPath(total: Record<string, number>, part: ReadonlyMap<string, number>): void {
  for (const [path, count] of part) total[path] = (total[path] ?? 0) + count;
}
