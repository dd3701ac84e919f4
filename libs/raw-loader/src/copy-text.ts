/** What a null is written as: https://www.postgresql.org/docs/current/sql-copy.html (text format) */
export const COPY_NULL = String.raw`\N`;

const SPECIAL = /[\\\n\r\t]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': String.raw`\\`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
};

/** Escapes a value for COPY's text format, in which lines are rows and tabs part the columns. */
export function copyText(value: string): string {
  // search is native; nearly no value holds a special character.
  return value.search(SPECIAL) === -1 ? value : value.replace(SPECIAL, (character) => ESCAPES[character]!);
}
