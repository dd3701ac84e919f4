import type { RelationName } from '../project/project.ts';

/** Longest identifier, in bytes, that PostgreSQL keeps (NAMEDATALEN - 1). */
export const MAX_IDENTIFIER_BYTES = 63;

/** The one place where names become SQL. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text literal that no setting changes the meaning of. */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** `"schema"."name"`. */
export function renderName(relation: RelationName): string {
  return `${quoteIdentifier(relation.schema)}.${quoteIdentifier(relation.identifier)}`;
}

/** `"database"."schema"."name"`, as dbt renders relations. */
export function renderRelation(relation: RelationName): string {
  return `${quoteIdentifier(relation.database)}.${renderName(relation)}`;
}

/** The relation of the same schema whose name ends in `suffix`; the name is cut so that both fit. */
export function withSuffix(relation: RelationName, suffix: string): RelationName {
  let base = relation.identifier;
  const room = MAX_IDENTIFIER_BYTES - byteLength(suffix);
  while (byteLength(base) > room) base = base.slice(0, -1);
  return { ...relation, identifier: `${base}${suffix}` };
}

const encoder = new TextEncoder();

export function byteLength(text: string): number {
  return encoder.encode(text).length;
}
