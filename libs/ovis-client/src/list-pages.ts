import { hash } from 'node:crypto';
import { linkSignals } from './abort.ts';
import type { Page } from './client.ts';
import { EndlessListingError, type RequestFacts } from './errors.ts';

/** Ends what is still under way for a listing that nobody reads on; nobody sees it. */
const LISTING_OVER = new Error('the listing is over');

/** What a listing is made from. */
export interface Listing {
  readonly facts: Omit<RequestFacts, 'attempt'>;
  /** The first cursor; null for the beginning. */
  readonly start: string | null;
  readonly maxPages: number;
  /** Any of these ends the listing. */
  readonly signals: readonly AbortSignal[];
  /** `position` counts the pages of this iteration from 1. */
  readonly fetchPage: (cursor: string | null, signal: AbortSignal, position: number) => Promise<Page>;
}

/** The pages of a listing; each iteration begins anew. Nothing is asked for before the first `next()`. */
export function listPages(listing: Listing): AsyncIterable<Page> {
  return { [Symbol.asyncIterator]: () => iterate(listing) };
}

function iterate(listing: Listing): AsyncIterator<Page, void, undefined> {
  const stop = new AbortController();
  const pages = pull(listing, stop.signal);
  return {
    next: () => pages.next(),
    // A generator would first wait for the page that is under way.
    return: async () => {
      stop.abort();
      return pages.return();
    },
  };
}

async function* pull(listing: Listing, stop: AbortSignal): AsyncGenerator<Page, void, undefined> {
  const linked = linkSignals(stop, ...listing.signals);
  const cursors = new SeenCursors();
  let count = 0;
  const ask = (cursor: string | null): Promise<Page> => {
    const page = fetchNext(listing, cursor, count, cursors, linked.signal);
    // Its failure is for the next next(), which may never come.
    page.catch(() => undefined);
    return page;
  };
  try {
    let asked: Promise<Page> | undefined = ask(listing.start);
    while (asked !== undefined) {
      const page: Page = await asked;
      count++;
      asked = page.nextCursor === null ? undefined : ask(page.nextCursor);
      yield page;
      linked.signal.throwIfAborted();
    }
  } finally {
    linked.abort(LISTING_OVER);
    linked.release();
  }
}

async function fetchNext(
  listing: Listing,
  cursor: string | null,
  pages: number,
  cursors: SeenCursors,
  signal: AbortSignal,
): Promise<Page> {
  signal.throwIfAborted();
  const facts: RequestFacts = { ...listing.facts, attempt: 0 };
  if (!cursors.add(cursor)) throw new EndlessListingError(facts, 'cursor_loop', pages);
  if (pages >= listing.maxPages) throw new EndlessListingError(facts, 'too_many_pages', pages);
  return listing.fetchPage(cursor, signal, pages + 1);
}

/** Remembers cursors by a short form, so that a long listing with long cursors takes little memory. */
class SeenCursors {
  readonly #seen = new Set<string | null>();

  /** False if it was seen before. */
  add(cursor: string | null): boolean {
    const before = this.#seen.size;
    this.#seen.add(cursor === null || cursor.length <= 44 ? cursor : hash('sha256', cursor, 'base64'));
    return this.#seen.size > before;
  }
}
