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

const WORDS: Readonly<Record<number, string>> = {
  700: 'float4',
  701: 'float8',
  1082: 'date',
  1114: 'timestamp',
  1184: 'timestamptz',
  1700: 'numeric',
};

const NAMES: Readonly<Record<number, string>> = {
  16: 'boolean',
  17: 'bytea',
  20: 'bigint',
  21: 'smallint',
  23: 'integer',
  25: 'text',
  114: 'json',
  700: 'real',
  701: 'double precision',
  1042: 'character',
  1043: 'character varying',
  1082: 'date',
  1083: 'time without time zone',
  1114: 'timestamp without time zone',
  1184: 'timestamp with time zone',
  1186: 'interval',
  1700: 'numeric',
  2950: 'uuid',
  3802: 'jsonb',
};

/** The word of a type whose values templates read otherwise than as text; empty for others. */
export function typeWord(typeId: number): string {
  return WORDS[typeId] ?? '';
}

/** The name of a type as `format_type` gives it, as far as it is one of the usual. */
export function typeNameOf(typeId: number): string {
  return NAMES[typeId] ?? 'unknown';
}
