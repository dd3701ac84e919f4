import type { RelationName } from '../project/project.ts';
import type { ExistingRelation } from '../warehouse/warehouse.ts';
import type { Executor } from './catalog.ts';
import { quoteIdentifier } from './identifier.ts';

/**
 * PostgreSQL empties unlogged tables when the server crashes, and says so nowhere. The marker is an unlogged table itself, one a
 * schema: each unlogged relation writes a row into it in the transaction that builds it, and a crash empties both. So a relation
 * without its row was emptied (or built by another program) and has to be built anew.
 */
export const MARKER_NAME = 'ovis_unlogged_marker';

export function markerOf(schema: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(MARKER_NAME)}`;
}

/** The statement that makes the marker table of a schema. */
export function createMarkerSql(schema: string): string {
  return `create unlogged table if not exists ${markerOf(schema)} (
  relation_oid oid primary key,
  relation_name text not null,
  built_at timestamptz not null default now()
);
grant select on ${markerOf(schema)} to public`;
}

/** Records that the relation of this name holds its rows; part of the transaction that builds it. */
export async function markBuilt(session: Executor, relation: RelationName): Promise<void> {
  const marker = markerOf(relation.schema);
  if (!(await markerExists(session, relation.schema))) await session.execute(createMarkerSql(relation.schema));
  await session.execute(`delete from ${marker} where relation_name = $1`, [relation.identifier]);
  await session.execute(
    `insert into ${marker} (relation_oid, relation_name)
select c.oid, c.relname
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2
on conflict (relation_oid) do update set relation_name = excluded.relation_name, built_at = now()`,
    [relation.schema, relation.identifier],
  );
}

/** Whether an unlogged relation has no marker row. */
export async function wasReset(session: Executor, relation: ExistingRelation): Promise<boolean> {
  if (!relation.isUnlogged) return false;
  if (!(await markerExists(session, relation.name.schema))) return true;
  const marked = await session.execute(
    `select exists (select from ${markerOf(relation.name.schema)} where relation_oid = $1::oid)`,
    [relation.handle],
  );
  return marked.rows[0]?.[0] !== true;
}

async function markerExists(session: Executor, schema: string): Promise<boolean> {
  const { rows } = await session.execute(
    `select exists (
  select from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2
)`,
    [schema, MARKER_NAME],
  );
  return rows[0]?.[0] === true;
}
