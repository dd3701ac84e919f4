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

/**
 * Parses JSON without losing digits: an integer beyond ±(2^53 − 1) and a number beyond the range of a double come as
 * the string of their digits. Everything else is as `JSON.parse` has it: the last of duplicate keys wins, and
 * `__proto__` becomes an ordinary own property. The slower way is taken only for texts that hold such a number.
 *
 * @throws SyntaxError (whose message quotes the text: never let it out), or RangeError for nesting too deep.
 */
export function parseJson(text: string): unknown {
  if (!RISKY_NUMBER.test(text)) return JSON.parse(text);
  return parseWithSource(text, (_key, value, context) => {
    if (typeof value !== 'number' || context?.source === undefined) return value;
    if (!Number.isFinite(value)) return context.source;
    return Number.isSafeInteger(value) || !/^-?\d+$/.test(context.source) ? value : context.source;
  });
}
