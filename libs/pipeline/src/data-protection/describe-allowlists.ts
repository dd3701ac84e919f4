import { nameOf, storedEntities } from './stored-entities.ts';

/** A field that passes. */
export interface AllowedFieldDescription {
  readonly path: string;
  readonly type: string;
  /** What passes, in words. */
  readonly accepts: string;
  readonly unit: string | null;
  /** Whether a row without it is refused. */
  readonly key: boolean;
  readonly reason: string;
}

/** What is kept of one entity, for people and programs. */
export interface AllowlistDescription {
  readonly entity: string;
  readonly source: string;
  readonly description: string;
  /** Raw tables that hold it; empty for what is read and not stored. */
  readonly storedIn: readonly string[];
  readonly fields: readonly AllowedFieldDescription[];
  /** What the source documents and the platform leaves out on purpose. */
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
}

/** What passes of every entity, field by field, in the order of the declarations. */
export function describeAllowlists(): readonly AllowlistDescription[] {
  return storedEntities.map(({ definition, source, description, tables }) => ({
    entity: definition.entity,
    source,
    description,
    storedIn: tables.map(nameOf),
    fields: Object.entries(definition.fields).map(([path, { type, accepts, unit, key, reason }]) => ({
      path,
      type,
      accepts,
      unit,
      key,
      reason,
    })),
    leftOut: Object.entries(definition.leftOut).map(([path, reason]) => ({ path, reason })),
  }));
}
