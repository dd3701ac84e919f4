const UINT32 = 2 ** 32;

/** A 32-bit finaliser with low bias (https://github.com/skeeto/hash-prospector): every input bit reaches every output bit. */
function finalise(word: number): number {
  let h = word;
  h ^= h >>> 16;
  h = Math.imul(h, 0x7feb352d);
  h ^= h >>> 15;
  h = Math.imul(h, 0x846ca68b);
  h ^= h >>> 16;
  return h >>> 0;
}

/**
 * Derives a new 32-bit value from a key and a number. Chains: `hash(hash(seed, device), day)`.
 *
 * @param key an earlier hash, 0 … 2^32 - 1.
 * @param value any integer; only its low 32 bits count.
 * @returns 0 … 2^32 - 1, evenly spread.
 */
export function hash(key: number, value: number): number {
  return finalise((key + Math.imul(value + 1, 0x9e3779b1)) | 0);
}

/** Like {@link hash}, as a fraction in [0, 1). */
export function unit(key: number, value: number): number {
  return hash(key, value) / UINT32;
}

/** A whole number in [0, count). */
export function below(key: number, value: number, count: number): number {
  return Math.floor(unit(key, value) * count);
}

/** One of the choices, evenly. */
export function pick<T>(key: number, value: number, choices: readonly [T, ...T[]]): T {
  return choices[below(key, value, choices.length)] ?? choices[0];
}

/** Hashes text (FNV-1a, finalised), so that a seed, an id or a request can be a key. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return finalise(h);
}
