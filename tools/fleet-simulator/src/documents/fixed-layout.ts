const ZERO = 48;
const MINUS = 45;
const POINT = 46;

/** An ASCII text whose changing parts have places of fixed width, so that writing it is one copy and a few digits. */
export interface FixedLayout {
  /** The text, with spaces where something is to be put. */
  readonly bytes: Uint8Array;
  /** Where the places of a name end (exclusive), in order. What is put there stands at the right edge. */
  ends(name: string): readonly number[];
}

/** Compiles a text in which `<name:width>` stands for a place. */
export function fixedLayout(text: string): FixedLayout {
  const found = new Map<string, number[]>();
  let plain = '';
  let from = 0;
  for (const { 0: place, 1: name = '', 2: width, index } of text.matchAll(/<(\w+):(\d+)>/g)) {
    plain += text.slice(from, index) + ' '.repeat(Number(width));
    from = index + place.length;
    found.set(name, [...(found.get(name) ?? []), plain.length]);
  }
  return { bytes: Buffer.from(plain + text.slice(from)), ends: (name) => found.get(name) ?? [] };
}

/** Puts text so that it ends before `end`. */
export function putText(bytes: Uint8Array, end: number, text: string): void {
  for (let at = end - text.length, i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

/** Puts the digits of a whole number from 0 so that they end before `end`, at least `width` of them; returns their start. */
export function putDigits(bytes: Uint8Array, end: number, value: number, width: number): number {
  let at = end;
  for (let rest = value; rest > 0 || end - at < width;) {
    const tens = Math.floor(rest / 10);
    bytes[--at] = ZERO + rest - 10 * tens;
    rest = tens;
  }
  return at;
}

// Powers are slower than all the rest.
const SCALES = [1, 10, 100, 1000] as const;

/** Puts a number with exactly `places` decimals, 0 … 3, so that it ends before `end`. */
export function putNumber(bytes: Uint8Array, end: number, value: number, places: 0 | 1 | 2 | 3 = 0): void {
  const scale = SCALES[places] ?? 1;
  const scaled = Math.round(Math.abs(value) * scale);
  const whole = Math.floor(scaled / scale);
  let at = end;
  if (places > 0) {
    at = putDigits(bytes, end, scaled - whole * scale, places);
    bytes[--at] = POINT;
  }
  at = putDigits(bytes, at, whole, 1);
  if (value < 0) bytes[at - 1] = MINUS;
}
