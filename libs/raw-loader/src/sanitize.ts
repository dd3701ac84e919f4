/** A text without what PostgreSQL cannot store, and how many characters were replaced by U+FFFD. */
export interface Sanitized {
  readonly text: string;
  readonly replaced: number;
}

const REPLACEMENT = '\uFFFD';

/** NUL and lone surrogates; with the `u` flag a surrogate pair is one character and does not match. */
const UNSTORABLE = /[\0\uD800-\uDFFF]/gu;

/**
 * Escapes within JSON text, read from the left so that `\\u0000` (a backslash and five characters) is no NUL; pairs are matched first and kept.
 */
const ESCAPE =
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u0000|u[dD][89a-fA-F][0-9a-fA-F]{2}|[^])/g;
const UNSTORABLE_ESCAPE = /^\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})$/;

/**
 * Replaces NUL and lone surrogates, which no PostgreSQL text can hold:
 * https://www.postgresql.org/docs/current/datatype-character.html
 */
export function sanitizeText(text: string): Sanitized {
  // isWellFormed is native and text is nearly always fine.
  if (text.isWellFormed() && !text.includes('\0')) return { text, replaced: 0 };
  let replaced = 0;
  const clean = text.replace(UNSTORABLE, () => {
    replaced += 1;
    return REPLACEMENT;
  });
  return { text: clean, replaced };
}

/** Does the same to JSON text, where both may also be written as escapes, which jsonb refuses. */
export function sanitizeJson(json: string): Sanitized {
  const plain = sanitizeText(json);
  if (!plain.text.includes('\\u')) return plain;
  let replaced = plain.replaced;
  const text = plain.text.replace(ESCAPE, (escape) => {
    if (!UNSTORABLE_ESCAPE.test(escape)) return escape;
    replaced += 1;
    return REPLACEMENT;
  });
  return { text, replaced };
}
