import type { RelationName } from '../project/project.ts';
import type { ExistingRelation, QueryResult, RelationColumn, RelationKind } from '../warehouse/warehouse.ts';

/** What the catalog queries need of a session. */
export interface Executor {
  execute(sql: string, parameters?: readonly (string | null)[]): Promise<QueryResult>;
}

const KINDS: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'table',
  f: 'table',
  v: 'view',
  m: 'materialized_view',
};

/** A partitioned table is never unlogged itself: its partitions are. */
const IS_UNLOGGED = `(c.relpersistence = 'u' or c.relkind = 'p' and exists (
  select from pg_catalog.pg_inherits i
  join pg_catalog.pg_class leaf on leaf.oid = i.inhrelid
  where i.inhparent = c.oid and leaf.relpersistence = 'u'
))`;

const FIND_RELATION = `
select c.oid::text, c.relkind::text, ${IS_UNLOGGED}
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'f', 'v', 'm')`;

/** Without a schema: what the search path finds, temporary relations among it. */
const FIND_VISIBLE = `
select c.oid::text, c.relkind::text, ${IS_UNLOGGED}
from pg_catalog.pg_class c
where c.oid = pg_catalog.to_regclass(pg_catalog.quote_ident($1))`;

const LIST_RELATIONS = `
select c.oid::text, c.relkind::text, ${IS_UNLOGGED}, c.relname::text, pg_catalog.current_database()::text
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relkind in ('r', 'p', 'f', 'v', 'm')
order by c.relname`;

/** Everything that stands in a schema, by name. */
export async function listRelations(session: Executor, schema: string): Promise<readonly ExistingRelation[]> {
  const { rows } = await session.execute(LIST_RELATIONS, [schema]);
  return rows.flatMap((row) => {
    const kind = KINDS[String(row[1])];
    const name = { database: String(row[4]), schema, identifier: String(row[3]) };
    return kind === undefined ? [] : [{ name, kind, isUnlogged: row[2] === true, handle: String(row[0]) }];
  });
}

export async function findRelation(session: Executor, name: RelationName): Promise<ExistingRelation | null> {
  const { rows } =
    name.schema === ''
      ? await session.execute(FIND_VISIBLE, [name.identifier])
      : await session.execute(FIND_RELATION, [name.schema, name.identifier]);
  const [row] = rows;
  if (!row) return null;
  const kind = KINDS[String(row[1])];
  return kind === undefined ? null : { name, kind, isUnlogged: row[2] === true, handle: String(row[0]) };
}

/** Types and modifiers as information_schema.columns shows them, also for relations that the role does not own. */
const FIND_COLUMNS = `
select a.attname::text,
  pg_catalog.format_type(a.atttypid, null),
  pg_catalog.format_type(a.atttypid, a.atttypmod),
  information_schema._pg_char_max_length(a.atttypid, a.atttypmod)::int,
  case when a.atttypid = 1700 then information_schema._pg_numeric_precision(a.atttypid, a.atttypmod)::int end,
  case when a.atttypid = 1700 then information_schema._pg_numeric_scale(a.atttypid, a.atttypmod)::int end
from pg_catalog.pg_attribute a
where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
order by a.attnum`;

export async function findColumns(session: Executor, handle: string): Promise<readonly RelationColumn[]> {
  const { rows } = await session.execute(FIND_COLUMNS, [handle]);
  return rows.map(([name, dataType, fullType, charSize, precision, scale]) => ({
    name: String(name),
    dataType: String(dataType),
    fullType: String(fullType),
    charSize: charSize as number | null,
    numericPrecision: precision as number | null,
    numericScale: scale as number | null,
  }));
}

/** Of a partitioned table its leaves count: only they are analyzed whatever the settings are. */
const ESTIMATE_ROWS = `
select case when bool_or(c.reltuples >= 0) then sum(greatest(c.reltuples, 0))::float8 end
from pg_catalog.pg_class c
where c.oid = $1::oid and c.relkind <> 'p' or c.oid in (
  select relid from pg_catalog.pg_partition_tree($1::oid::regclass) where isleaf
)`;

/** Rows by the statistics of the server; null before a table was analyzed. */
export async function estimateRows(session: Executor, handle: string): Promise<number | null> {
  const { rows } = await session.execute(ESTIMATE_ROWS, [handle]);
  const [[count] = []] = rows;
  return count === null || count === undefined ? null : Number(count);
}
