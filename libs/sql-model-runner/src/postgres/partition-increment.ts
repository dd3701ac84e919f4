import type { ExistingRelation, RelationColumn } from '../warehouse/warehouse.ts';
import type { Build } from './build-node.ts';
import { quoteIdentifier, renderName } from './identifier.ts';
import { withLockRetry } from './lock-retry.ts';
import { readLayout, type Leaf } from './partition-catalog.ts';
import type { PartitionBy } from './partition-config.ts';
import { rangesAhead, type PartitionRange } from './partition-range.ts';
import {
  inRange,
  leafName,
  matchPartitioning,
  nowOf,
  rangesIn,
  refuseUnplaceable,
  type Partitioning,
} from './partition-table.ts';
import type { IncrementalWrite } from './sql.ts';
import { BUILT_SUFFIX } from './swap.ts';

/** A partitioned table that is added to, and the partitions that the new rows belong to. */
export interface PartitionedTarget {
  readonly build: Build;
  readonly partitioning: Partitioning;
  readonly leaves: readonly Leaf[];
  readonly touched: readonly PartitionRange[];
}

/**
 * Makes ready for new rows: each has a partition, those ahead exist, and what is older than the retention is left out of the new rows.
 *
 * @param source the temporary table with the new rows.
 * @throws ModelRunnerError when rows belong to no partition.
 */
export async function preparePartitions(
  build: Build,
  partition: PartitionBy,
  source: string,
  columns: readonly RelationColumn[],
): Promise<PartitionedTarget> {
  const { session, request } = build;
  const partitioning = matchPartitioning(build, partition, columns);
  const { cutoff, column, dayStart, granularity } = partitioning;
  await refuseUnplaceable(build, partitioning, source);
  if (cutoff !== null) await build.run(`delete from ${source} where ${column} < ${dayStart(cutoff)}`);
  const touched = await rangesIn(build, partitioning, source);
  const existing = request.existing as ExistingRelation;
  const { leaves = [] } = (await readLayout(session, existing.handle)) ?? {};
  const known = new Set(leaves.map(({ range }) => range?.from));
  const wanted = [...touched, ...rangesAhead(granularity, nowOf(build))];
  const missing = new Map(wanted.filter(({ from }) => !known.has(from)).map((range) => [range.from, range]));
  for (const range of missing.values()) {
    const name = leafName(build, partitioning, range);
    await createStandalone(build, partitioning, name, range);
    // Attaching stops no readers, as `create table … partition of` would.
    await withLockRetry(session, build.locks, build.target, () => attach(build, partitioning, name, range));
  }
  const now = missing.size === 0 ? leaves : ((await readLayout(session, existing.handle))?.leaves ?? []);
  return { build, partitioning, leaves: now, touched };
}

/**
 * `delete+insert` without dead rows: each partition that loses or gains rows is written anew beside the table, with its indexes; then
 * they are exchanged, all in one step. The others are not looked at.
 *
 * @param columns of the table.
 * @returns rows that came.
 */
export async function rewritePartitions(
  target: PartitionedTarget,
  write: IncrementalWrite,
  columns: readonly RelationColumn[],
): Promise<number> {
  const { build, partitioning } = target;
  const rewritten: { readonly leaf: Leaf; readonly range: PartitionRange; readonly fresh: string }[] = [];
  let rows = 0;
  for (const leaf of await leavesToRewrite(target, write)) {
    if (leaf.range === null) continue;
    const { range } = leaf;
    const fresh = leafName(build, partitioning, range, BUILT_SUFFIX);
    await build.run(`drop table if exists ${fresh}`);
    await createStandalone(build, partitioning, fresh, range);
    const all = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
    await build.run(
      `insert into ${fresh} (${all})\nselect ${all}\nfrom ${nameOf(build, leaf)} as DBT_INTERNAL_DEST\nwhere (${isReplaced(write)}) is not true`,
    );
    const list = write.columns.map(quoteIdentifier).join(', ');
    const { rowCount } = await build.run(
      `insert into ${fresh} (${list})\nselect ${list}\nfrom ${write.source}\nwhere ${inRange(partitioning, range)}`,
    );
    rows += rowCount ?? 0;
    rewritten.push({ leaf, range, fresh });
  }
  if (rewritten.length === 0) return rows;
  await withLockRetry(build.session, build.locks, build.target, async () => {
    for (const { leaf, range, fresh } of rewritten) {
      const former = nameOf(build, leaf);
      await build.run(`alter table ${build.target} detach partition ${former}`);
      await attach(build, partitioning, fresh, range);
      await build.run(`drop table ${former}`);
      await build.run(`alter table ${fresh} rename to ${quoteIdentifier(leaf.name)}`);
    }
  });
  return rows;
}

/** Drops the partitions that end before the retention begins. */
export async function dropExpired({ build, partitioning, leaves }: PartitionedTarget): Promise<void> {
  const { cutoff } = partitioning;
  const expired = leaves.filter(({ range }) => cutoff !== null && range !== null && range.to <= cutoff);
  if (expired.length === 0) return;
  await withLockRetry(build.session, build.locks, build.target, async () => {
    for (const leaf of expired) await build.run(`drop table ${nameOf(build, leaf)}`);
  });
}

const READ_STATISTICS = `
select parent.reltuples::float8, sum(leaf.reltuples)::float8, bool_and(leaf.reltuples >= 0)
from pg_catalog.pg_class parent
join pg_catalog.pg_inherits i on i.inhparent = parent.oid
join pg_catalog.pg_class leaf on leaf.oid = i.inhrelid
where parent.oid = $1::oid
group by 1`;

/**
 * Has the statistics of the whole table gathered once a tenth of its rows is new: autovacuum looks at partitions alone, and the
 * planner needs both.
 */
export async function renewStatistics({ build }: PartitionedTarget, written: number | null): Promise<void> {
  const existing = build.request.existing as ExistingRelation;
  const { rows } = await build.session.execute(READ_STATISTICS, [existing.handle]);
  const [held, inLeaves, isKnown] = rows[0] ?? [];
  const [before, now] = [Number(held ?? -1), Number(inLeaves ?? 0)];
  const hasGrown = (written ?? 0) * 10 >= before || (isKnown === true && Math.abs(now - before) * 10 > before);
  if ((written ?? 0) > 0 && (before < 0 || hasGrown)) build.afterCommit.push(`analyze ${build.target}`);
}

/** Partitions of the new rows, and those that hold rows which the new ones replace. */
async function leavesToRewrite(
  { build, partitioning, leaves, touched }: PartitionedTarget,
  write: IncrementalWrite,
): Promise<readonly Leaf[]> {
  const starts = new Set(touched.map(({ from }) => from));
  const ofNewRows = leaves.filter(({ range }) => range !== null && starts.has(range.from));
  const keys = write.uniqueKey.map((key) => key.replaceAll('"', '').toLowerCase());
  // With the field in the key a row never changes its partition.
  if (keys.includes(partitioning.field.toLowerCase())) return ofNewRows;
  const { rows } = await build.session.execute(
    `select distinct DBT_INTERNAL_DEST.tableoid::text\nfrom ${write.target} as DBT_INTERNAL_DEST\nwhere ${isReplaced(write)}`,
  );
  const handles = new Set(rows.map(([handle]) => String(handle)));
  return leaves.filter((leaf) => ofNewRows.includes(leaf) || handles.has(leaf.handle));
}

/** Whether a row of the table gives way to a new one, as `delete+insert` says it. */
function isReplaced({ source, uniqueKey, predicates }: IncrementalWrite): string {
  const key = uniqueKey.join(', ');
  const also = predicates.map((predicate) => `\n    and ${predicate}`).join('');
  return `(${key}) in (\n    select distinct ${key}\n    from ${source} as DBT_INTERNAL_SOURCE\n)${also}`;
}

/** A table like the partitions, with their indexes; the check spares attaching it a scan under a lock. */
async function createStandalone(
  build: Build,
  partitioning: Partitioning,
  name: string,
  range: PartitionRange,
): Promise<void> {
  const { column } = partitioning;
  await build.run(
    `create ${build.config.isUnlogged ? 'unlogged ' : ''}table ${name} (\n  like ${build.target} including all excluding comments excluding identity excluding statistics,\n  constraint ${RANGE_CHECK} check (${column} is not null and ${inRange(partitioning, range)})\n)`,
  );
}

const RANGE_CHECK = '"ovis_partition_range"';

async function attach(
  build: Build,
  { dayStart }: Partitioning,
  name: string,
  { from, to }: PartitionRange,
): Promise<void> {
  await build.run(
    `alter table ${build.target} attach partition ${name}\nfor values from (${dayStart(from)}) to (${dayStart(to)})`,
  );
  await build.run(`alter table ${name} drop constraint ${RANGE_CHECK}`);
}

function nameOf({ request }: Build, { name }: Leaf): string {
  return renderName({ ...request.relation, identifier: name });
}
