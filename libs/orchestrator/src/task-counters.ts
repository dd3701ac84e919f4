/** Counts of one task, or of all tasks of a step. Stored as JSON with the task. */
export interface TaskCounters {
  /** Pages of the source that are stored. */
  pages: number;
  thermostats: number;
  rowsInserted: number;
  rowsUpdated: number;
  rowsUnchanged: number;
  /** Rows that another claim of the same key outranked. */
  rowsSuperseded: number;
  /** Rows that were removed because the source does not hold them any more. */
  rowsDeleted: number;
  /** Rows of one batch that shared a key with a row of the same batch. */
  duplicates: number;
  /** Values from which NUL characters or lone surrogates were replaced. */
  sanitized: number;
  /** Decoded bytes of the answers. */
  bytes: number;
  requests: number;
  retries: number;
  /** Requests that were made because a faster way was refused. */
  fallbacks: number;
  /** Time spent on them, as it passed for the task. */
  fallbackMs: number;
  /** Refusals of the faster way, by the class of the error. */
  fallbackClasses: Record<string, number>;
  /** Answers that a device had reported nothing. */
  silentDevices: number;
  quarantined: number;
  /** Fields that did not pass, by the path under which they are counted. */
  dropped: Record<string, number>;
  mismatched: Record<string, number>;
}

/** Counters at zero. */
export function emptyCounters(): TaskCounters {
  return {
    pages: 0,
    thermostats: 0,
    rowsInserted: 0,
    rowsUpdated: 0,
    rowsUnchanged: 0,
    rowsSuperseded: 0,
    rowsDeleted: 0,
    duplicates: 0,
    sanitized: 0,
    bytes: 0,
    requests: 0,
    retries: 0,
    fallbacks: 0,
    fallbackMs: 0,
    fallbackClasses: {},
    silentDevices: 0,
    quarantined: 0,
    dropped: {},
    mismatched: {},
  };
}

/** Adds `part` to `total`, in place. */
export function addCounters(total: TaskCounters, part: Partial<TaskCounters>): void {
  for (const [name, value] of Object.entries(part)) {
    if (typeof value === 'number') total[name as NumericCounter] += value;
    else addByPath(total[name as ByPathCounter], value);
  }
}

/** What was asked of the source: it counts whether or not anything of it was stored. */
export type Traffic = Pick<TaskCounters, 'requests' | 'retries' | 'fallbacks' | 'fallbackMs' | 'fallbackClasses'>;

/** The traffic among the counters. */
export function trafficOf(counters: TaskCounters): Traffic {
  const { requests, retries, fallbacks, fallbackMs, fallbackClasses } = counters;
  return { requests, retries, fallbacks, fallbackMs, fallbackClasses };
}

type ByPathCounter = {
  [Name in keyof TaskCounters]: TaskCounters[Name] extends number ? never : Name;
}[keyof TaskCounters];

type NumericCounter = {
  [Name in keyof TaskCounters]: TaskCounters[Name] extends number ? Name : never;
}[keyof TaskCounters];

function addByPath(total: Record<string, number>, part: Record<string, number>): void {
  for (const [path, count] of Object.entries(part)) total[path] = (total[path] ?? 0) + count;
}
