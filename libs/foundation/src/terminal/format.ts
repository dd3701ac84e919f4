/** 1234567 → "1,234,567". */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** 3.21 → "3.2 s", 75 → "1 min 15 s". */
export function formatSeconds(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${String(Math.floor(whole / 60))} min ${String(whole % 60)} s`;
}

/**
 * Lines of a table with a heading, each column as wide as its widest cell; columns that hold numbers in all rows are set flush
 * right.
 */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const isNumber = heading.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^[\d,.]*( s)?$|^-$/.test(row[column] ?? '')),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(heading), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
