import type { JsonObject } from '../documents/json.ts';
import type { FaultRates } from '../fleet/profile.ts';
import { below, hash, unit } from '../world/hash.ts';
import { encodeCursor, type CursorState } from './cursor.ts';

/** A listing at one moment. */
export interface Listing {
  /** Places in it. */
  readonly length: number;
  /** The item at a place, 0 … length - 1; null where nothing is to be listed. */
  item(place: number): JsonObject | null;
  /** A quicker way to the same items, where all have the same size and every place has one. */
  readonly fixed?: FixedItems;
}

/** Items that can be written as JSON without making documents of them. */
export interface FixedItems {
  /** Bytes of each item. */
  readonly size: number;
  /** Writes the item at a place. */
  put(bytes: Uint8Array, start: number, place: number): void;
}

/** One page of a listing. */
export interface ListedPage {
  readonly items: JsonObject[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** What a page is cut from. */
export interface PageRequest {
  readonly listing: Listing;
  /** Hash that the listing's cursors are bound to. */
  readonly identity: number;
  /** Where the page starts. */
  readonly at: CursorState;
  /** The most items that it may hold. */
  readonly limit: number;
}

/**
 * Cuts a page. With rates above 0 some pages are empty or short although more follows, and some begin with the last item
 * of the page before; which ones depends on the place alone, so a page that is asked for again is the same.
 */
export function cutPage(request: PageRequest, rates: FaultRates): ListedPage {
  const { listing, identity, at, limit } = request;
  const key = hash(hash(identity, at.snapshot), at.position);
  if (!at.afterEmpty && unit(key, 1) < rates.emptyPages) {
    return { items: [], nextCursor: encodeCursor(identity, { ...at, afterEmpty: true }) };
  }
  const size = unit(key, 2) < rates.shortPages ? 1 + below(key, 3, limit) : limit;
  const items: JsonObject[] = [];
  let position = at.position;
  const repeated = position > 0 && size > 1 && unit(key, 4) < rates.duplicates ? listing.item(position - 1) : null;
  if (repeated !== null) items.push(repeated);
  for (; position < listing.length && items.length < size; position++) {
    const item = listing.item(position);
    if (item !== null) items.push(item);
  }
  const more = position < listing.length;
  return { items, nextCursor: more ? encodeCursor(identity, { ...at, position, afterEmpty: false }) : null };
}

/** The text of the page that {@link cutPage} gives when all rates are 0. */
export function fixedPage(fixed: FixedItems, request: PageRequest): Buffer {
  const { listing, identity, at, limit } = request;
  const next = Math.min(listing.length, at.position + limit);
  const cursor = next < listing.length ? encodeCursor(identity, { ...at, position: next, afterEmpty: false }) : null;
  const head = '{"items":[';
  const tail = `],"nextCursor":${JSON.stringify(cursor)}}`;
  const count = Math.max(0, next - at.position);
  const page = Buffer.allocUnsafe(head.length + count * fixed.size + Math.max(0, count - 1) + tail.length);
  let start = page.write(head, 'latin1');
  for (let place = at.position; place < next; place++) {
    if (place > at.position) start += page.write(',', start, 'latin1');
    fixed.put(page, start, place);
    start += fixed.size;
  }
  page.write(tail, start, 'latin1');
  return page;
}
