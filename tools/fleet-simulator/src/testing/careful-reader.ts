import { readContract, type SchemaNode } from './contract.ts';

// Date.parse would take `pii-canary-wrong-d-00005758` for a day in the year 5758.
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

const schemas = readContract().components.schemas;

/**
 * What a careful reader keeps of an item, by the contract alone: every field that is not marked as personal, a numeric
 * text as a number, and null for what is missing or does not fit the schema.
 */
export function carefullyRead(
  entity: 'Customer' | 'HierarchyNode' | 'DeviceState' | 'DailyAggregate',
  item: unknown,
): unknown {
  return read(schemas[entity] ?? {}, item);
}

function read(schema: SchemaNode, value: unknown): unknown {
  const types = [schema.type].flat();
  if (schema.properties !== undefined) {
    const holder = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
    const kept = Object.entries(schema.properties).filter(([, field]) => !isPersonal(field));
    return Object.fromEntries(kept.map(([name, field]) => [name, read(field, holder[name])]));
  }
  if (types.includes('number') || types.includes('integer')) return readNumber(value);
  if (types.includes('boolean')) return typeof value === 'boolean' ? value : null;
  if (typeof value !== 'string') return null;
  if (Array.isArray(schema['enum'])) return schema['enum'].includes(value) ? value : null;
  return schema['format'] === 'date-time' && !RFC_3339.test(value) ? null : value;
}

/** Whether the contract marks a field as personal; `configuration` only says that some of its fields are. */
export function isPersonal({ description }: SchemaNode): boolean {
  return typeof description === 'string' && /(^|; )personal data$/.test(description);
}

function readNumber(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : null;
}
