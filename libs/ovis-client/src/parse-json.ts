/** `JSON.parse` with the source text of each primitive (ECMAScript "JSON.parse source text access", Node 21 and later). */
const parseWithSource: (
  text: string,
  reviver: (key: string, value: unknown, context?: { readonly source?: string }) => unknown,
) => unknown = JSON.parse;

/**
 * A number in value position that may not survive as a double: 16 digits or more, or an exponent of three digits. The
 * text of a string can match as well; that costs time, not correctness.
 */
const RISKY_NUMBER = /(?:^|[:,[])\s*-?(?:\d{16}|[\d.]+[eE]\+?\d{3})/;

/** What a number with such an exponent holds, and other texts. Without what comes before it, for that is looked for fast. */
const LONG_EXPONENT = /[eE]\+?\d{3}/;

/**
 * Parses JSON without losing digits: an integer beyond ±(2^53 − 1) and a number beyond the range of a double come as
 * the string of their digits. Everything else is as `JSON.parse` has it: the last of duplicate keys wins, and
 * `__proto__` becomes an ordinary own property. The slower way is taken only for texts that hold such a number.
 *
 * @throws SyntaxError (whose message quotes the text: never let it out), or RangeError for nesting too deep.
 */
export function parseJson(text: string): unknown {
  // The exact look costs half as much as parsing.
  const mayBeRisky = holdsLongDigits(text) || LONG_EXPONENT.test(text);
  if (!mayBeRisky || !RISKY_NUMBER.test(text)) return JSON.parse(text);
  return parseWithSource(text, (_key, value, context) => {
    if (typeof value !== 'number' || context?.source === undefined) return value;
    if (!Number.isFinite(value)) return context.source;
    return Number.isSafeInteger(value) || !/^-?\d+$/.test(context.source) ? value : context.source;
  });
}

/** Whether 16 digits stand in a row: one of them then stands at a multiple of 16, and no others are looked at first. */
function holdsLongDigits(text: string): boolean {
  for (let at = 0; at < text.length; at += 16) {
    if (isDigitAt(text, at) && digitsAround(text, at) >= 16) return true;
  }
  return false;
}

function digitsAround(text: string, at: number): number {
  let start = at;
  while (isDigitAt(text, start - 1)) start -= 1;
  let end = at + 1;
  while (isDigitAt(text, end)) end += 1;
  return end - start;
}

function isDigitAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}
