import type { Invocation } from '../compile/base-context.ts';
import type { Project, RelationName } from '../project/project.ts';
import type { Session } from '../warehouse/warehouse.ts';
import { artifactMetadata } from './metadata.ts';

/** What the database says of a relation. */
interface CatalogTable {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly columns: Record<string, unknown>;
  readonly stats: Readonly<Record<string, unknown>>;
  readonly unique_id: string;
}

const READ_CATALOG = `
select n.nspname::text, c.relname::text, c.relkind::text, pg_catalog.pg_get_userbyid(c.relowner)::text,
  pg_catalog.obj_description(c.oid, 'pg_class'), a.attname::text, a.attnum::int,
  pg_catalog.format_type(a.atttypid, a.atttypmod), pg_catalog.col_description(c.oid, a.attnum)
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p', 'f', 'v', 'm') and n.nspname = any ($1::text[])
order by 1, 2, 7`;

const KINDS: Readonly<Record<string, string>> = { v: 'VIEW', m: 'MATERIALIZED VIEW' };

/** `catalog.json`, in version 1 of dbt's schema: the project's relations as they are in the database. */
export async function catalogArtifact(
  project: Project,
  session: Session,
  invocation: Invocation,
  now: Date,
): Promise<object> {
  const nodes = [...project.nodes.values()].filter(({ resourceType }) =>
    ['model', 'seed', 'snapshot'].includes(resourceType),
  );
  const wanted = new Map<string, string>();
  const key = ({ schema, identifier }: RelationName): string => `${schema} ${identifier}`;
  for (const { relation, uniqueId } of [...nodes, ...project.sources.values()]) wanted.set(key(relation), uniqueId);
  const schemas = [...new Set([...nodes, ...project.sources.values()].map(({ relation }) => relation.schema))];
  const array = `{${schemas.map((schema) => `"${schema.replaceAll(/["\\]/gu, '\\$&')}"`).join(',')}}`;
  const { rows } = await session.execute(READ_CATALOG, [array]);
  const tables = new Map<string, CatalogTable>();
  for (const row of rows) {
    const [schema, name, kind, owner, comment, column, index, type, columnComment] = row;
    const uniqueId = wanted.get(`${String(schema)} ${String(name)}`);
    if (uniqueId === undefined) continue;
    const table = tables.get(uniqueId) ?? {
      metadata: {
        type: KINDS[String(kind)] ?? 'BASE TABLE',
        schema,
        name,
        database: project.target.database,
        comment: comment ?? null,
        owner,
      },
      columns: {},
      stats: {
        has_stats: {
          id: 'has_stats',
          label: 'Has Stats?',
          value: false,
          include: false,
          description: 'Indicates whether there are statistics for this table',
        },
      },
      unique_id: uniqueId,
    };
    table.columns[String(column)] = { type, index, name: column, comment: columnComment ?? null };
    tables.set(uniqueId, table);
  }
  const part = (isSource: boolean): Readonly<Record<string, unknown>> =>
    Object.fromEntries([...tables].filter(([id]) => id.startsWith('source.') === isSource));
  return {
    metadata: artifactMetadata('catalog/v1', invocation, now),
    nodes: part(false),
    sources: part(true),
    errors: null,
  };
}
