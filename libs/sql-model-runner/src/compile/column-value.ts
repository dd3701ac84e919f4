import type { RelationColumn } from '../warehouse/warehouse.ts';
import { named, textOf } from './call-arguments.ts';
import { quote } from './relation-value.ts';
import { hostFunction, hostObject, toHost, type HostObject, type Value } from './template-engine.ts';

const STRINGS = ['text', 'character varying', 'character', 'varchar'];
const NUMERICS = ['numeric', 'decimal'];
const FLOATS = ['real', 'double precision', 'float4', 'float8', 'float', 'double', 'float16', 'float32', 'float64'];
const INTEGERS = [
  'smallint',
  'integer',
  'bigint',
  'smallserial',
  'serial',
  'bigserial',
  'int2',
  'int4',
  'int8',
  'int',
  'serial2',
  'serial4',
  'serial8',
];

/** dbt's Column. */
export function columnValue(column: RelationColumn): HostObject {
  const type = column.dataType.toLowerCase();
  const isString = STRINGS.includes(type);
  const isNumeric = NUMERICS.includes(type);
  const isFloat = FLOATS.includes(type);
  const isInteger = INTEGERS.includes(type);
  const answer = (name: string, value: Value): Value => hostFunction(name, () => value);
  const size = column.dataType === 'text' || column.charSize === null ? 256 : column.charSize;
  return hostObject({
    typeName: 'PostgresColumn',
    attributes: {
      column: column.name,
      name: column.name,
      dtype: column.dataType,
      char_size: column.charSize,
      numeric_precision: column.numericPrecision,
      numeric_scale: column.numericScale,
      quoted: quote(column.name),
      data_type: dataTypeOf(column),
      expanded_data_type: dataTypeOf(column),
      is_string: answer('is_string', isString),
      is_numeric: answer('is_numeric', isNumeric),
      is_float: answer('is_float', isFloat),
      is_integer: answer('is_integer', isInteger),
      is_number: answer('is_number', isNumeric || isFloat || isInteger),
      string_size: answer('string_size', size),
      can_expand_to: hostFunction('can_expand_to', ({ positional: [other] }) => {
        const wider = columnOf(other);
        return wider !== null && isString && STRINGS.includes(wider.dataType) && (wider.charSize ?? 256) > size;
      }),
    },
    text: () => `<PostgresColumn ${column.name} (${dataTypeOf(column)})>`,
    repr: () => `<PostgresColumn ${column.name} (${dataTypeOf(column)})>`,
    key: () => `${column.name} ${column.fullType}`,
    isTrue: () => true,
    host: column,
  });
}

function dataTypeOf({ dataType, charSize, fullType }: RelationColumn): string {
  if (dataType === 'text') return 'text';
  if (STRINGS.includes(dataType)) return `character varying(${charSize ?? 256})`;
  return fullType;
}

export function columnOf(value: Value | undefined): RelationColumn | null {
  const host = (value as HostObject | undefined)?.definition?.host;
  return host !== null && typeof host === 'object' && 'fullType' in host ? (host as RelationColumn) : null;
}

/** `api.Column`, and `adapter.Column`. */
export function columnClass(): HostObject {
  const make = hostFunction('create', (args) => {
    const given = named(args, ['column', 'dtype', 'char_size', 'numeric_precision', 'numeric_scale']);
    const number = (key: string): number | null => {
      const value = toHost(given[key] ?? null);
      return typeof value === 'number' ? value : null;
    };
    const name = textOf(given['column'] ?? args.keyword.get('name') ?? args.keyword.get('label_or_dtype'));
    const type = textOf(given['dtype']);
    return columnValue({
      name,
      dataType: type,
      fullType:
        number('numeric_precision') === null
          ? type
          : `${type}(${number('numeric_precision') ?? 0},${number('numeric_scale') ?? 0})`,
      charSize: number('char_size'),
      numericPrecision: number('numeric_precision'),
      numericScale: number('numeric_scale'),
    });
  });
  return hostObject({
    typeName: 'Column',
    call: (args) => make.callSync(args),
    attributes: {
      create: make,
      translate_type: hostFunction('translate_type', ({ positional: [type] }) => translateType(textOf(type))),
      numeric_type: hostFunction('numeric_type', ({ positional: [type, precision, scale] }) =>
        precision === null || precision === undefined ? type : `${textOf(type)}(${textOf(precision)},${textOf(scale)})`,
      ),
      string_type: hostFunction('string_type', ({ positional: [size] }) => `character varying(${textOf(size)})`),
    },
  });
}

/** The types that dbt has a word of its own for. */
const TYPE_LABELS: Readonly<Record<string, string>> = {
  STRING: 'TEXT',
  TIMESTAMP: 'TIMESTAMP',
  FLOAT: 'FLOAT',
  INTEGER: 'INT',
  BOOLEAN: 'BOOLEAN',
};

/** PostgreSQL's name for a type, which may be given in the words of dbt. */
export function translateType(type: string): string {
  return TYPE_LABELS[type.toUpperCase()] ?? type;
}
