import type { BuildOutcome, BuildRequest, Session } from '../warehouse/warehouse.ts';
import { buildNode, builtIdentifier, createIndexes, type Build } from './build-node.ts';
import { withLockRetry } from './lock-retry.ts';
import { createIndexSql, type IndexConfig } from './sql.ts';
import { quoteIdentifier } from './identifier.ts';
import { swapInBuilt } from './table.ts';

/**
 * `materialized: materialized_view`: made where there is none, refreshed where there is; its indexes follow the configuration. A full
 * refresh, or another kind of relation in its place, makes it anew.
 */
export function buildMaterializedView(session: Session, request: BuildRequest): Promise<BuildOutcome> {
  return buildNode(session, request, async (build) => {
    const { existing, fullRefresh } = request;
    if (existing?.kind !== 'materialized_view' || fullRefresh) return create(build);
    const changed = await changeIndexes(build);
    // As in dbt: what only its indexes changed is not refreshed.
    if (!changed || request.config['on_configuration_change'] === 'continue')
      await build.run(`refresh materialized view ${build.target}`);
    return null;
  });
}

async function create(build: Build): Promise<null> {
  await build.run(`create materialized view ${build.built} as ${build.request.sql}`);
  await createIndexes(build, builtIdentifier(build));
  await swapInBuilt(build, 'materialized_view');
  return null;
}

const FIND_INDEXES = `
select i.relname::text, m.amname::text, x.indisunique,
  (select pg_catalog.string_agg(a.attname, ',' order by a.attname) from pg_catalog.pg_attribute a
   where a.attrelid = x.indrelid and a.attnum = any (x.indkey))
from pg_catalog.pg_index x
join pg_catalog.pg_class i on i.oid = x.indexrelid
join pg_catalog.pg_am m on m.oid = i.relam
where x.indrelid = $1::oid
order by 1`;

/** Drops indexes that are no longer configured and makes those that are new. @returns whether anything changed. */
async function changeIndexes(build: Build): Promise<boolean> {
  const { session, request, config } = build;
  const { rows } = await session.execute(FIND_INDEXES, [request.existing?.handle ?? '0']);
  const keyOf = ({ columns, unique, type }: IndexConfig): string =>
    `${[...columns].toSorted().join(',')} ${String(unique)} ${type ?? 'btree'}`;
  const wanted = new Map(config.indexes.map((index) => [keyOf(index), index]));
  const existing = new Map(
    rows.map(([name, method, unique, columns]) => [
      `${String(columns)} ${String(unique)} ${String(method)}`,
      String(name),
    ]),
  );
  const surplus = [...existing].filter(([key]) => !wanted.has(key));
  const missing = [...wanted].filter(([key]) => !existing.has(key));
  await withLockRetry(session, build.locks, build.target, async () => {
    for (const [, name] of surplus)
      await build.run(`drop index if exists ${quoteIdentifier(request.relation.schema)}.${quoteIdentifier(name)}`);
  });
  for (const [, index] of missing)
    await build.run(createIndexSql(request.relation, index, `${new Date().toISOString()}${Math.random()}`));
  return surplus.length + missing.length > 0;
}
