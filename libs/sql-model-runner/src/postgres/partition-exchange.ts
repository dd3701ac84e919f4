import type { Build } from './build-node.ts';
import { builtIdentifier } from './build-node.ts';
import { foreignViews } from './dependents.ts';
import { renderName } from './identifier.ts';
import { withLockRetry } from './lock-retry.ts';
import { layoutDifference, readLayout } from './partition-catalog.ts';
import type { PartitionBy } from './partition-config.ts';
import type { PartitionRange } from './partition-range.ts';
import { leafName, matchPartitioning } from './partition-table.ts';
import { haveSameColumns } from './schema-change.ts';
import { BUILT_SUFFIX } from './swap.ts';

/**
 * Where a view above the table belongs to another role, the table cannot be exchanged below it: if it is partitioned in the same way and
 * has the same columns, all its partitions are.
 *
 * @param ranges the partitions of what was built.
 * @returns false where nothing is in the way, or the partitions do not fit.
 */
export async function exchangeLeaves(
  build: Build,
  partition: PartitionBy,
  ranges: readonly PartitionRange[],
): Promise<boolean> {
  const { session, request, target, built } = build;
  const { existing } = request;
  if (existing?.kind !== 'table') return false;
  const foreign = await foreignViews(session, existing);
  if (foreign.length === 0 || (await layoutDifference(session, existing, partition)) !== null) return false;
  const found = await session.findRelation({ ...request.relation, identifier: builtIdentifier(build) });
  const columns = await session.columnsOf(existing);
  if (found === null || !haveSameColumns(columns, await session.columnsOf(found))) return false;
  const { dayStart } = matchPartitioning(build, partition, columns);
  await withLockRetry(session, build.locks, target, async () => {
    await build.run(`lock table only ${target} in access exclusive mode`);
    const { leaves = [] } = (await readLayout(session, existing.handle)) ?? {};
    for (const { name } of leaves)
      await build.run(`drop table ${renderName({ ...request.relation, identifier: name })}`);
    for (const range of ranges) {
      const leaf = leafName(build, partition, range, BUILT_SUFFIX);
      await build.run(`alter table ${built} detach partition ${leaf}`);
      await build.run(
        `alter table ${target} attach partition ${leaf}\nfor values from (${dayStart(range.from)}) to (${dayStart(range.to)})`,
      );
    }
  });
  await build.run(`drop table ${built}`);
  request.warn(
    `${foreign.join(', ')} belongs to another role and reads the table: its partitions were exchanged, its indexes left as they were`,
  );
  return true;
}
