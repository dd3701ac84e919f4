/** Bytes [start, end). */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a `Range` header of one range (RFC 9110, section 14.1.2).
 *
 * @returns null when there is none or it is of another form, so that the whole object is sent; `unsatisfiable` when it begins
 *   after the object's end.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (match === null || (first === '' && last === '')) return null;
  if (first === '') {
    const length = Math.min(size, Number(last));
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return null;
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size : Math.min(size, Number(last) + 1) };
}

/** Whether an `If-Match` or `If-None-Match` header names the ETag; `*` names any. */
export function namesEtag(header: string, etag: string): boolean {
  return header.split(',').some((part) => {
    const named = part.trim().replace(/^W\//, '');
    return named === '*' || named === `"${etag}"` || named === etag;
  });
}
