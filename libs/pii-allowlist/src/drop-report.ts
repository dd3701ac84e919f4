/**
 * Counts what projections left out. It holds declared paths and counts only: an undeclared key may itself be data, so it
 * is counted under the path of its parent (`configuration.*`, or `*` at the top) and its name is never kept.
 *
 * A quarantined row adds nothing to it: none of its fields was looked at for good.
 */
export interface DropReport {
  /** Undeclared fields by the path of their parent. */
  readonly dropped: Map<string, number>;
  /** Declared fields whose value had the wrong type, range, length or pattern, by their declared path. */
  readonly mismatched: Map<string, number>;
}

/** An empty report, to be handed to any number of projections (of one asset, usually). */
export function createDropReport(): DropReport {
  return { dropped: new Map(), mismatched: new Map() };
}

/** Adds the counts of `source` to `target`. */
export function addDropReport(target: DropReport, source: DropReport): void {
  for (const [path, count] of source.dropped) addCount(target.dropped, path, count);
  for (const [path, count] of source.mismatched) addCount(target.mismatched, path, count);
}

/** Adds `count` to the entry of `path`. */
export function addCount(counts: Map<string, number>, path: string, count: number): void {
  counts.set(path, (counts.get(path) ?? 0) + count);
}
