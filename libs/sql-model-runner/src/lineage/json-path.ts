/** The beginning of a path of SQL/JSON that names keys and elements one by one. */
export interface JsonPathKeys {
  readonly keys: readonly string[];
  /** Whether the whole path is keys and elements; false where a method, a filter or arithmetic follows. */
  readonly isWhole: boolean;
}

const ACCESSOR =
  /^\s*(?:\.\s*(?:(?<any>\*{1,2}(?:\{[^}]*\})?)|(?<key>[\p{L}\p{N}_$]+)(?!\s*\(|[\p{L}\p{N}_$])|"(?<quoted>(?:[^"\\]|\\.)*)")|\[\s*(?:(?<element>\d+)|[^\]]*)\s*\])/u;

/** Reads a path of SQL/JSON, such as `strict $.configuration.userSetTemp`. @returns no keys for one that does not start at the document. */
export function readJsonPath(text: string): JsonPathKeys {
  const start = /^\s*(?:strict\b|lax\b)?\s*\$(?![\p{L}\p{N}_"])/u.exec(text);
  if (!start) return { keys: [], isWhole: false };
  const keys: string[] = [];
  let rest = text.slice(start[0].length);
  for (let found = ACCESSOR.exec(rest); found; found = ACCESSOR.exec(rest)) {
    const { any, key, quoted, element } = found.groups ?? {};
    if (any?.startsWith('**')) return { keys, isWhole: false };
    keys.push(key ?? (quoted === undefined ? (element ?? '*') : unescape(quoted)));
    rest = rest.slice(found[0].length);
  }
  return { keys, isWhole: rest.trim() === '' };
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/gu, '$1');
}

/** The elements of an array of texts as PostgreSQL writes it: `{configuration,"user set"}`; null for anything else. */
export function readTextArray(text: string): readonly string[] | null {
  const inner = /^\s*\{(?<inner>.*)\}\s*$/su.exec(text)?.groups?.['inner'];
  if (inner === undefined) return null;
  if (inner.trim() === '') return [];
  const elements: string[] = [];
  const element = /\s*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^",{}]*))\s*(?:,|$)/suy;
  while (element.lastIndex < inner.length) {
    const found = element.exec(inner);
    if (!found) return null;
    const { quoted, plain = '' } = found.groups ?? {};
    elements.push(quoted === undefined ? plain.trim() : unescape(quoted));
  }
  return elements;
}
