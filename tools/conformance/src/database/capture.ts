import { Client } from 'pg';

/** A relation as a text a property: two are equal when all texts are. */
export type RelationFacts = Readonly<Record<string, string>>;

/** Every relation of a database by `schema.name`. */
export type DatabaseState = Readonly<Record<string, RelationFacts>>;

const RELATIONS = `
select c.oid::text, n.nspname as schema, c.relname as name, c.relkind as kind, c.relpersistence as persistence,
  c.relispopulated as populated, obj_description(c.oid, 'pg_class') as comment,
  case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as definition,
  (select string_agg(format('%s: %s to %s%s', a.privilege_type, a.grantor::regrole,
      case when a.grantee = 0 then 'public' else a.grantee::regrole::text end, case when a.is_grantable then '*' else '' end), e'\\n'
      order by a.privilege_type, a.grantee)
   from aclexplode(c.relacl) a where a.grantee <> c.relowner) as grants,
  (select string_agg(format('%s %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then ' not null' end,
      ' default ' || pg_get_expr(d.adbin, d.adrelid), ' -- ' || col_description(c.oid, a.attnum)), e'\\n' order by a.attnum)
   from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  (select string_agg(pg_get_constraintdef(k.oid), e'\\n' order by pg_get_constraintdef(k.oid))
   from pg_constraint k where k.conrelid = c.oid and k.contype <> 'n') as constraints,
  (select string_agg(regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX .*? ON', 'INDEX ON'), e'\\n'
      order by regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX .*? ON', 'INDEX ON'))
   from pg_index i where i.indrelid = c.oid) as indexes,
  (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as names
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and c.relname <> 'ovis_unlogged_marker'
order by 2, 3`;

/** Names that hold a moment of the build wherever they are. */
interface Row {
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly persistence: string;
  readonly populated: boolean;
  readonly names: readonly string[] | null;
  readonly [property: string]: unknown;
}

/**
 * Reads everything that two builds of a project have to agree on: kinds, persistence, columns in their order with types and comments,
 * constraints, indexes, grants, definitions of views and all rows.
 *
 * @param volatile columns of which only null or not null counts.
 */
export async function captureDatabase(url: string, volatile: ReadonlySet<string>): Promise<DatabaseState> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`set time zone 'UTC'; set search_path = ''`);
    const { rows } = await client.query<Row>(RELATIONS);
    const state: Record<string, RelationFacts> = {};
    for (const row of rows) state[`${row.schema}.${row.name}`] = await factsOf(client, row, volatile);
    return state;
  } finally {
    await client.end();
  }
}

async function factsOf(client: Client, row: Row, volatile: ReadonlySet<string>): Promise<RelationFacts> {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    kind: `${row.kind} ${row.persistence}`,
    columns: text(row['columns']),
    constraints: text(row['constraints']),
    indexes: text(row['indexes']),
    comment: text(row['comment']),
    grants: text(row['grants']),
    definition: text(row['definition']),
    rows: row.populated ? await rowsOf(client, row, volatile) : 'not populated',
  };
}

async function rowsOf(client: Client, { schema, name, names }: Row, volatile: ReadonlySet<string>): Promise<string> {
  const quoted = (part: string): string => `"${part.replaceAll('"', '""')}"`;
  const cells = (names ?? []).map((column) =>
    volatile.has(column) ? `case when ${quoted(column)} is null then null else '…' end` : quoted(column),
  );
  try {
    const { rows } = await client.query<{ line: string }>(
      `select row(${cells.join(', ')})::text as line from ${quoted(schema)}.${quoted(name)} order by 1`,
    );
    return rows.map(({ line }) => line).join('\n');
  } catch (error) {
    return `cannot be read: ${error instanceof Error ? error.message : 'unknown'}`;
  }
}
