/** Starts every text that stands for personal data. No identifier, enum or other allowed value holds it. */
export const CANARY_PREFIX = 'pii-canary-';

/** Digits in every number that stands for personal data, e.g. a latitude of 48.713027135117. */
export const CANARY_DIGITS = '713027135';

/** The two texts to search for: where either is found, personal data has passed. */
export const CANARY_MARKS: readonly string[] = [CANARY_PREFIX, CANARY_DIGITS];

/** A text that stands for personal data: what it is, and whose, e.g. `pii-canary-owner-d-00012345`. */
export function canary(what: string, id: string): string {
  return `${CANARY_PREFIX}${what}-${id}`;
}

/** A coordinate that stands for personal data. */
export function canaryCoordinate(degrees: number, device: number): number {
  return Number(`${degrees}.${CANARY_DIGITS}${String(device % 1000).padStart(3, '0')}`);
}
