const ZERO = 48;
const NINE = 57;

/**
 * Whether a block of JSON lines may hold a number that a double cannot: one of 16 digits or more, or with an exponent of three.
 * A quick look at many lines at once, because the exact one costs as much as parsing them. Says yes too often, never too
 * rarely: 16 digits in a row cover a place that is a multiple of eight and the eight places after it.
 */
export function mayHoldLongNumbers(bytes: Uint8Array, text: string): boolean {
  for (let at = 0; at + 8 < bytes.length; at += 8) {
    // The middle first: most text fails there.
    if (isDigit(bytes[at + 4]) && isDigit(bytes[at]) && isDigit(bytes[at + 8]) && isRun(bytes, at)) return true;
  }
  return /\d\.?[eE]\+?\d{3}/.test(text);
}

function isRun(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at <= from + 8; at++) if (!isDigit(bytes[at])) return false;
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
