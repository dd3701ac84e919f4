const BOOLEAN = 16;
const INTEGERS = new Set([20, 21, 23, 26]);
const FLOATS = new Set([700, 701]);

/** How values of a type come out of a query: booleans and numbers as such, everything else as PostgreSQL's text. */
export function parserOf(typeId: number): (text: string) => unknown {
  if (typeId === BOOLEAN) return (text) => text === 't';
  if (INTEGERS.has(typeId)) return toInteger;
  if (FLOATS.has(typeId)) return Number;
  return (text) => text;
}

function toInteger(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}
