import type { Pool } from 'pg';

const TABLES = `
select format('%I.%I', namespace.nspname, class.relname) as name
from pg_class as class join pg_namespace as namespace on namespace.oid = class.relnamespace
where class.relkind in ('r', 'm') and namespace.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1`;

/**
 * Searches every row of every table of every schema, the queue's and the partitions included.
 *
 * @param administrator a superuser's connections, who sees everything.
 * @param pattern a regular expression of PostgreSQL, matched without regard to case.
 * @returns tables with the number of rows that match.
 */
export async function tablesMatching(administrator: Pool, pattern: string): Promise<Readonly<Record<string, number>>> {
  const { rows: tables } = await administrator.query<{ name: string }>(TABLES);
  const found: Record<string, number> = {};
  for (const { name } of tables) {
    const { rows } = await administrator.query<{ hits: number }>(
      `select count(*)::int as hits from ${name} as searched where searched::text ~* $1`,
      [pattern],
    );
    const hits = rows[0]?.hits ?? 0;
    if (hits > 0) found[name] = hits;
  }
  return found;
}
