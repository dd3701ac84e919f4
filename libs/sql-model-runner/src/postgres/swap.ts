import type { RelationName } from '../project/project.ts';
import type { ExistingRelation, RelationKind, Session } from '../warehouse/warehouse.ts';
import { captureDependents, lockWithDependents, repointDependents } from './dependents.ts';
import { renderName, quoteIdentifier, withSuffix } from './identifier.ts';
import { withLockRetry, type LockPolicy } from './lock-retry.ts';
import { captureProperties, type CapturedProperties } from './relation-properties.ts';

/** Names of relations that live only while a node is built. */
export const BUILT_SUFFIX = '__dbt_tmp';
export const BACKUP_SUFFIX = '__dbt_backup';

/** One relation that takes the place of another. */
export interface Swap {
  readonly target: RelationName;
  /** What was built, in the same schema, under {@link BUILT_SUFFIX}. */
  readonly builtKind: RelationKind;
  /** What stands under the target's name; null when nothing does. */
  readonly existing: ExistingRelation | null;
  readonly keepGrants: boolean;
  readonly keepComments: boolean;
  readonly locks: LockPolicy;
  readonly warn: (message: string) => void;
}

/**
 * Puts the built relation under the target's name, inside the open transaction: readers see the former relation until the commit
 * and the new one after it, never none. Grants and comments go over, views above the former relation then read the new one.
 */
export async function swapIn(session: Session, swap: Swap): Promise<readonly string[]> {
  const { target, existing, builtKind } = swap;
  const built = withSuffix(target, BUILT_SUFFIX);
  const rename = `alter ${keyword(builtKind)} ${renderName(built)} rename to ${quoteIdentifier(target.identifier)}`;
  if (existing === null) {
    await session.execute(rename);
    return [rename];
  }
  const backup = withSuffix(target, BACKUP_SUFFIX);
  const makeWay = `alter ${keyword(existing.kind)} ${renderName(target)} rename to ${quoteIdentifier(backup.identifier)}`;
  const drop = `drop ${keyword(existing.kind)} ${renderName(backup)} cascade`;
  await withLockRetry(session, swap.locks, `"${target.schema}"."${target.identifier}"`, async () => {
    await lockWithDependents(session, existing);
    // Read before the rename: the definitions then name the target, and made again they read whatever stands there.
    const dependents = await captureDependents(session, existing);
    const properties = await captureProperties(session, existing.handle);
    await session.execute(makeWay);
    await session.execute(rename);
    await carryOver(session, swap, properties);
    await repointDependents(session, dependents, swap.warn);
    await warnOfForeignKeys(session, existing, swap.warn);
    await session.execute(drop);
  });
  return [makeWay, rename, drop];
}

/** A foreign key that points at the replaced table goes with it, as with dbt; here it is said. */
async function warnOfForeignKeys(session: Session, existing: ExistingRelation, warn: Swap['warn']): Promise<void> {
  const { rows } = await session.execute(
    `select conname::text, conrelid::pg_catalog.regclass::text from pg_catalog.pg_constraint
where contype = 'f' and confrelid = $1::oid and conrelid <> $1::oid order by 1`,
    [existing.handle],
  );
  for (const [name, table] of rows)
    warn(`the foreign key "${String(name)}" of ${String(table)} pointed at the replaced table and was dropped`);
}

async function carryOver(session: Session, swap: Swap, properties: CapturedProperties): Promise<void> {
  const found = await session.findRelation(swap.target);
  const columns = new Set((found ? await session.columnsOf(found) : []).map(({ name }) => name));
  const name = renderName(swap.target);
  const grants = swap.keepGrants ? properties.grants(name, columns) : [];
  const comments = swap.keepComments ? properties.comments(keyword(swap.builtKind), name, columns) : [];
  for (const statement of [...grants, ...comments]) await session.execute(statement);
}

export function keyword(kind: RelationKind): 'table' | 'view' | 'materialized view' {
  return kind === 'materialized_view' ? 'materialized view' : kind;
}
