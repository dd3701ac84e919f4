import { display } from '../project/display.ts';
import type { QueryResult } from '../warehouse/warehouse.ts';

/** Most rows that a message shows of each side. */
const MOST = 10;

/**
 * Compares the rows that a unit test's query marks as actual and expected, in any order.
 *
 * @returns null where they are the same, else what differs, for people.
 */
export function compareRows(result: QueryResult): string | null {
  const at = result.columns.indexOf('actual_or_expected');
  const names = result.columns.filter((_, index) => index !== at);
  const rowsOf = (side: string): readonly string[] =>
    result.rows.filter((row) => row[at] === side).map((row) => lineOf(row.filter((_, index) => index !== at)));
  const [actual, expected] = [rowsOf('actual'), rowsOf('expected')];
  const missing = without(expected, actual);
  const surplus = without(actual, expected);
  if (missing.length === 0 && surplus.length === 0) return null;
  const show = (title: string, rows: readonly string[]): string =>
    rows.length === 0
      ? ''
      : `\n${title}:\n${rows
          .slice(0, MOST)
          .map((row) => `  ${row}`)
          .join('\n')}`;
  return `actual differs from expected (${names.join(' | ')})${show('expected, but not there', missing)}${show('there, but not expected', surplus)}`;
}

function lineOf(row: readonly unknown[]): string {
  return row.map((cell) => (cell === null ? 'null' : display(cell))).join(' | ');
}

/** What is in the list more often than in the other. */
function without(list: readonly string[], other: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const line of other) left.set(line, (left.get(line) ?? 0) + 1);
  return list.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}
