import { md5 } from '../project/md5.ts';
import type { RelationName } from '../project/project.ts';
import type { ExistingRelation } from '../warehouse/warehouse.ts';
import { named, textOf } from './call-arguments.ts';
import {
  hostFunction,
  hostObject,
  toHost,
  toPython,
  type CallArguments,
  type HostObject,
  type Value,
} from './template-engine.ts';

const PARTS = ['database', 'schema', 'identifier'] as const;
type Part = (typeof PARTS)[number];

/** Longest name of PostgreSQL, as dbt counts. */
const MAX_NAME_LENGTH = 63;

/** A relation as templates see it. `type` is null while nobody has looked. */
export interface RelationFacts {
  readonly name: Partial<RelationName>;
  readonly type: string | null;
  /** What it prints as instead of its names: an ephemeral model's expression. */
  readonly text?: string;
  /** Parts that are known but not printed. */
  readonly hidden?: readonly Part[];
  /** Parts that are printed without quotes. */
  readonly bare?: readonly Part[];
  /** Printed as a selection of its rows instead of its name. */
  readonly filter?: RelationFilter | null;
}

/** Which rows of a relation are read: none (`--empty`), or those of one batch. */
export type RelationFilter =
  | { readonly kind: 'empty' }
  | { readonly kind: 'event_time'; readonly field: string; readonly start: string | null; readonly end: string | null };

/** dbt's Relation: prints as its quoted names; what it names can be asked for and exchanged. */
export function relationValue(facts: RelationFacts): HostObject {
  const { name, type } = facts;
  const text = textOfRelation(facts);
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
    is_pointer: false,
    is_function: false,
    can_be_renamed: true,
    can_be_replaced: type === 'view' || type === 'table',
    ...methodsOf(facts),
  };
  attributes['metadata'] = toPython({ type: 'PostgresRelation' });
  attributes['get'] = hostFunction('get', (args) => {
    const { key, default: byDefault } = named(args, ['key', 'default']);
    return typeof key === 'string' && Object.hasOwn(attributes, key) ? attributes[key] : (byDefault ?? null);
  });
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

function methodsOf(facts: RelationFacts): Readonly<Record<string, Value>> {
  const { name, type } = facts;
  const method = (called: string, run: (args: CallArguments) => unknown): readonly [string, Value] => [
    called,
    hostFunction(called, run),
  ];
  const path = hostObject({
    typeName: 'Path',
    attributes: { database: name.database ?? null, schema: name.schema ?? null, identifier: name.identifier ?? null },
  });
  return {
    path,
    ...Object.fromEntries([
      method('render', () => facts.text ?? renderParts(facts)),
      method('include', (args) => relationValue({ ...facts, hidden: changed(facts.hidden ?? [], args, false) })),
      method('quote', (args) => relationValue({ ...facts, bare: changed(facts.bare ?? [], args, false) })),
      method('without_identifier', () => {
        const { identifier: _, ...rest } = name;
        return relationValue({ ...facts, name: rest });
      }),
      method('incorporate', ({ keyword }) => {
        const parts = toHost(keyword.get('path') ?? null) as Readonly<Record<string, unknown>> | null;
        const given = keyword.get('type');
        const merged: Record<string, unknown> = { ...name };
        for (const [key, value] of Object.entries(parts ?? {})) merged[key] = value ?? undefined;
        return relationValue({ ...facts, name: merged, type: given === undefined ? type : typeText(given) });
      }),
      method('replace_path', ({ keyword }) =>
        relationValue({
          ...facts,
          name: { ...name, ...Object.fromEntries([...keyword].map(([key, value]) => [key, value ?? undefined])) },
        }),
      ),
      method('matches', (args) => {
        const wanted = named(args, PARTS);
        return PARTS.every((part) => typeof wanted[part] !== 'string' || wanted[part] === name[part]);
      }),
      method('information_schema', (args) => {
        const { view } = named(args, ['view_name']);
        return informationSchema(typeof view === 'string' ? view : textOf(args.positional[0]));
      }),
      method('information_schema_only', () => informationSchema('')),
      method('relation_max_name_length', () => MAX_NAME_LENGTH),
      method('quoted', ({ positional: [text] }) => quote(textOf(text))),
    ]),
  };
}

function informationSchema(view: string): string {
  return `INFORMATION_SCHEMA${view === '' ? '' : `.${view}`}`;
}

function typeText(value: Value): string | null {
  const host = toHost(value);
  return typeof host === 'string' ? host : null;
}

/** Parts that are switched off (`database=false`) join the list, those switched on leave it. */
function changed(list: readonly Part[], args: CallArguments, offValue: boolean): readonly Part[] {
  const given = named(args, PARTS);
  return PARTS.filter((part) => (given[part] === undefined ? list.includes(part) : given[part] === offValue));
}

/** `api.Relation`, and `adapter.Relation`. */
export function relationClass(): HostObject {
  return hostObject({
    typeName: 'Relation',
    attributes: {
      create: hostFunction('create', (args) => {
        const { database, schema, identifier, type } = named(args, ['database', 'schema', 'identifier', 'type']);
        const given = Object.entries({ database, schema, identifier }).filter(([, value]) => typeof value === 'string');
        const policy = toHost(args.keyword.get('quote_policy') ?? null) as Readonly<Record<string, unknown>> | null;
        const bare = PARTS.filter((part) => policy?.[part] === false);
        return relationValue({ name: Object.fromEntries(given), type: typeof type === 'string' ? type : null, bare });
      }),
      scd_args: hostFunction('scd_args', ({ positional: [key, updatedAt] }) => {
        const keys = toHost(key ?? null);
        return [...(Array.isArray(keys) ? (keys as readonly unknown[]) : [keys]), updatedAt];
      }),
      get_relation_type: hostFunction('get_relation_type', ({ positional: [type] }) => type),
      Table: 'table',
      View: 'view',
      MaterializedView: 'materialized_view',
      CTE: 'cte',
    },
  });
}

/** A relation that was found in the database. */
export function existingRelationValue(relation: ExistingRelation): HostObject {
  return relationValue({ name: relation.name, type: relation.kind });
}

/** What is behind a value that came back from a template, or null when it is no relation. */
export function relationFactsOf(value: Value | undefined): RelationFacts | null {
  const facts = (value as HostObject | undefined)?.definition?.host as RelationFacts | undefined;
  return facts && typeof facts === 'object' && 'name' in facts && 'type' in facts ? facts : null;
}

/** The names behind a value that came back from a template, or null when it is no relation. */
export function relationNameOf(value: Value | undefined): Partial<RelationName> | null {
  return relationFactsOf(value)?.name ?? null;
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function textOfRelation(facts: RelationFacts): string {
  const { filter, name } = facts;
  const plain = facts.text ?? renderParts(facts);
  if (filter === undefined || filter === null || facts.text !== undefined) return plain;
  const table = name.identifier ?? '';
  if (filter.kind === 'empty')
    return `(select * from ${plain} where false limit 0) ${aliasOf('_dbt_limit_subq_', table)}`;
  const { field, start, end } = filter;
  const conditions = [start === null ? '' : `${field} >= '${start}'`, end === null ? '' : `${field} < '${end}'`];
  const where = conditions.filter((condition) => condition !== '').join(' and ');
  if (where === '') return plain;
  return `(select * from ${plain} where ${where}) ${aliasOf('_dbt_et_filter_subq_', table)}`;
}

/** A name that PostgreSQL takes bare, or one that stands for it. */
function aliasOf(prefix: string, table: string): string {
  const alias = `${prefix}${table}`;
  return /^\w+$/u.test(alias) && alias.length <= MAX_NAME_LENGTH ? alias : `${prefix}${md5(table)}`;
}

function renderParts({ name, hidden = [], bare = [] }: RelationFacts): string {
  return PARTS.filter((part) => !hidden.includes(part) && name[part] !== undefined && name[part] !== null)
    .map((part) => (bare.includes(part) ? (name[part] as string) : quote(name[part] as string)))
    .join('.');
}
