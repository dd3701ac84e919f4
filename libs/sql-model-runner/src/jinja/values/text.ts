/** What Python's `splitlines` splits at, the rarest control characters left aside. */
export const LINE_BREAK = /\r\n|[\n\r\v\f\x85\u2028\u2029]/;

const SURROGATE = /[\ud800-\udfff]/;

/** Python's `len(text)`: code points. */
export function textLength(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let length = 0;
  for (const _ of text) length++;
  return length;
}

/** A text whose characters are found by Python's indexes: itself, or the array of its code points. */
export function characters(text: string): string | readonly string[] {
  return SURROGATE.test(text) ? Array.from(text) : text;
}

/** `text[start:stop]` with indexes of Python, both within 0 … length. */
export function sliceText(text: string, start: number, stop: number): string {
  const all = characters(text);
  return typeof all === 'string' ? all.slice(start, stop) : all.slice(start, stop).join('');
}
