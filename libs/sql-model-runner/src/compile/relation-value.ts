import type { RelationName } from '../project/project.ts';
import type { ExistingRelation, RelationColumn } from '../warehouse/warehouse.ts';
import { hostFunction, hostObject, toHost, type HostObject, type Value } from './template-engine.ts';
import { named } from './call-arguments.ts';

/** A relation as templates see it. `type` is null while nobody has looked. */
export interface RelationFacts {
  readonly name: Partial<RelationName>;
  readonly type: string | null;
  /** What it prints as instead of its names: an ephemeral model's expression. */
  readonly text?: string;
}

/** dbt's Relation: prints as its quoted names; what it names can be asked for and exchanged. */
export function relationValue(facts: RelationFacts): HostObject {
  const { name, type } = facts;
  const text = facts.text ?? renderParts(name);
  const attributes: Record<string, Value> = {
    database: name.database ?? null,
    schema: name.schema ?? null,
    identifier: name.identifier ?? null,
    name: name.identifier ?? null,
    table: name.identifier ?? null,
    type,
    is_table: type === 'table',
    is_view: type === 'view',
    is_cte: facts.text !== undefined,
    is_materialized_view: type === 'materialized_view',
    render: hostFunction('render', () => text),
    get: hostFunction('get', (args) => {
      const { key, default: byDefault } = named(args, ['key', 'default']);
      return typeof key === 'string' && Object.hasOwn(attributes, key) ? attributes[key] : (byDefault ?? null);
    }),
    include: hostFunction('include', (args) => relationValue({ ...facts, name: includedParts(name, args.keyword) })),
    without_identifier: hostFunction('without_identifier', () => {
      const { identifier: _, ...rest } = name;
      return relationValue({ ...facts, name: rest });
    }),
    incorporate: hostFunction('incorporate', (args) => {
      const path = toHost(args.keyword.get('path') ?? null) as Record<string, unknown> | null;
      const changed: Record<string, unknown> = { ...name };
      for (const [key, value] of Object.entries(path ?? {})) changed[key] = value ?? undefined;
      const given = args.keyword.get('type');
      return relationValue({
        ...facts,
        name: changed,
        type: given === undefined ? type : (toHost(given) as string | null),
      });
    }),
    information_schema: hostFunction('information_schema', (args) => {
      const { view } = named(args, ['view']);
      return `INFORMATION_SCHEMA${typeof view === 'string' ? `.${view}` : ''}`;
    }),
  };
  return hostObject({
    typeName: 'Relation',
    attributes,
    isMapping: true,
    text: () => text,
    repr: () => `<PostgresRelation ${text}>`,
    key: () => text,
    isTrue: () => true,
    host: facts,
  });
}

/** A relation that was found in the database. */
export function existingRelationValue(relation: ExistingRelation): HostObject {
  return relationValue({ name: relation.name, type: relation.kind });
}

/** The names behind a value that came back from a template, or null when it is no relation. */
export function relationNameOf(value: Value | undefined): Partial<RelationName> | null {
  const facts = (value as HostObject | undefined)?.definition?.host as RelationFacts | undefined;
  return facts?.name ?? null;
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function renderParts(name: Partial<RelationName>): string {
  return [name.database, name.schema, name.identifier]
    .filter((part) => part !== undefined && part !== null)
    .map((part) => quote(part))
    .join('.');
}

function includedParts(name: Partial<RelationName>, flags: ReadonlyMap<string, Value>): Partial<RelationName> {
  return Object.fromEntries(Object.entries(name).filter(([part]) => flags.get(part) !== false));
}

/** dbt's Column. */
export function columnValue(column: RelationColumn): HostObject {
  const isString = ['text', 'character varying', 'character', 'varchar'].includes(column.dataType.toLowerCase());
  const isNumeric = ['numeric', 'decimal'].includes(column.dataType.toLowerCase());
  const isFloat = ['real', 'double precision', 'float4', 'float8', 'float', 'double'].includes(
    column.dataType.toLowerCase(),
  );
  const isInteger = ['smallint', 'integer', 'bigint'].includes(column.dataType.toLowerCase());
  const answer = (name: string, value: Value): Value => hostFunction(name, () => value);
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
      data_type: column.fullType,
      expanded_data_type: column.fullType,
      is_string: answer('is_string', isString),
      is_numeric: answer('is_numeric', isNumeric),
      is_float: answer('is_float', isFloat),
      is_integer: answer('is_integer', isInteger),
      is_number: answer('is_number', isNumeric || isFloat || isInteger),
      string_size: answer('string_size', column.charSize ?? 256),
    },
    text: () => `<PostgresColumn ${column.name} (${column.fullType})>`,
    key: () => `${column.name} ${column.fullType}`,
  });
}
