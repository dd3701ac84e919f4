import { isRecord } from '../project/yaml-cursor.ts';

/** `str(value)` of Python for a value of a YAML file: names and hashes of dbt's tests are made of it. */
export function pythonText(value: unknown): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}

/** `repr(value)` of Python for a value of a YAML file. */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return reprText(value);
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  if (isRecord(value))
    return `{${Object.entries(value)
      .map(([key, item]) => `${reprText(key)}: ${pythonRepr(item)}`)
      .join(', ')}}`;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function reprText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let body = '';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (char === quote) body += `\\${quote}`;
    else if (ESCAPES[char] !== undefined) body += ESCAPES[char];
    else if (code < 0x20 || (code >= 0x7f && code < 0xa1)) body += `\\x${code.toString(16).padStart(2, '0')}`;
    else body += char;
  }
  return `${quote}${body}${quote}`;
}
