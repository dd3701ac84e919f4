const SIMPLE: ReadonlyMap<string, string> = new Map([
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\n', ''],
]);
const HEX_LENGTH: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);
const ESCAPE = /\\(?:([0-7]{1,3})|([xuU])([0-9a-fA-F]*)|([^]))/g;

/**
 * Python's escapes in a string literal's inside. An unknown escape (`\s`, `\d`) keeps its backslash.
 *
 * @returns null when `\x`, `\u` or `\U` lack digits or name no character.
 */
export function unescapeString(inside: string): string | null {
  if (!inside.includes('\\')) return inside;
  let broken = false;
  const text = inside.replace(ESCAPE, (all, octal?: string, prefix?: string, digits?: string, other?: string) => {
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    if (prefix === undefined) return SIMPLE.get(other ?? '') ?? all;
    const length = HEX_LENGTH.get(prefix) ?? 0;
    const code = Number.parseInt((digits ?? '').slice(0, length), 16);
    if ((digits ?? '').length < length || code > 0x10ffff) {
      broken = true;
      return '';
    }
    return String.fromCodePoint(code) + (digits ?? '').slice(length);
  });
  return broken ? null : text;
}
