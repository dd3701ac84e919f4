import type { DatabaseError } from '../errors.ts';

/** Where in a compiled file the database stumbled. */
export interface SqlPlace {
  readonly line: number;
  readonly column: number;
  /** The text of that line. */
  readonly text: string;
  /** Whether the database had read all of the SQL: it ends too early. */
  readonly isBehind: boolean;
}

/** Finds the place of a failure in the SQL of the model, or null when the failure lies in what was put around it. */
export function locateInSql(error: DatabaseError, sql: string): SqlPlace | null {
  const { position, statement } = error;
  if (position === null || statement === null || sql === '') return null;
  const start = statement.indexOf(sql);
  // The server counts characters, not UTF-16 units.
  const at = Array.from(statement).slice(0, position).join('').length - start;
  if (start === -1 || at < 0) return null;
  // A failure just behind the SQL means that it ends too early.
  const isBehind = at >= sql.length;
  const before = isBehind ? sql.trimEnd() : sql.slice(0, at);
  const line = before.split('\n').length;
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineEnd = sql.indexOf('\n', lineStart);
  return {
    line,
    column: before.length - lineStart + 1,
    isBehind,
    text: sql.slice(lineStart, lineEnd === -1 ? undefined : lineEnd),
  };
}
