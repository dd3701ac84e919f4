import { hash } from '../world/hash.ts';

/** Where a listing goes on. */
export interface CursorState {
  /** Simulated time of the listing's first page, in seconds: all its pages show that moment. */
  readonly snapshot: number;
  /** Place of the next item in the listing. */
  readonly position: number;
  /** Whether an empty page was sent for this place already. */
  readonly afterEmpty: boolean;
}

/**
 * Writes a cursor: opaque, and good only for the listing that it was made for.
 *
 * @param listing hash of the shard, the path and all parameters but limit and cursor.
 */
export function encodeCursor(listing: number, state: CursorState): string {
  const numbers = [state.snapshot, state.position, state.afterEmpty ? 1 : 0];
  const text = [...numbers, check(listing, numbers)].map((n) => n.toString(36)).join('.');
  return Buffer.from(text).toString('base64url');
}

/** Reads a cursor; null when it was not made by {@link encodeCursor} for the same listing. */
export function decodeCursor(listing: number, cursor: string): CursorState | null {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!/^[0-9a-z]+(\.[0-9a-z]+){3}$/.test(text)) return null;
  const [snapshot = 0, position = 0, afterEmpty = 0, sum] = text.split('.').map((part) => Number.parseInt(part, 36));
  if (sum !== check(listing, [snapshot, position, afterEmpty])) return null;
  return { snapshot, position, afterEmpty: afterEmpty === 1 };
}

function check(listing: number, numbers: readonly number[]): number {
  return numbers.reduce((key, n) => hash(key, n), listing);
}
