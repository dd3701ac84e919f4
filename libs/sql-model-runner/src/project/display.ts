/** A configured value as a message shows it. */
export function display(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? String(item) : item)) ?? 'nothing';
}
