/** The two directions of a migration file. */
export interface SplitMigration {
  readonly up: string;
  readonly down: string;
}

const MARKER = /^-- (Up|Down) Migration[ \t]*$/gm;

/**
 * Cuts a file at its lines `-- Up Migration` and `-- Down Migration`. What stands before a part is replaced by empty lines, so that a
 * position that the server reports lies on the same line as in the file.
 *
 * @returns null if the file does not have both parts, once each and in this order.
 */
export function splitMigration(content: string): SplitMigration | null {
  const markers = [...content.matchAll(MARKER)];
  const [up, down] = markers;
  if (markers.length !== 2 || up?.[1] !== 'Up' || down?.[1] !== 'Down') return null;
  const blank = content.slice(0, down.index).replaceAll(/[^\n]/g, '');
  return { up: content.slice(0, down.index), down: blank + content.slice(down.index) };
}

/** The line of a 1-based character position, counted from 1. */
export function lineOfPosition(text: string, position: number): number {
  return text.slice(0, position - 1).split('\n').length;
}
