import type { TaskDefinition } from '../asset.ts';

/** What of its job the run of a backfill loads. */
export interface RunSelection {
  readonly backfillId: string;
  /** Raw tables. */
  readonly assets: readonly string[];
  /** Null for all. */
  readonly customers: readonly string[] | null;
  /** Null for all. */
  readonly shards: readonly string[] | null;
}

/** Whether a run leaves out customers or shards, so that what it loads is no interval in full. */
export function isLimited(selection: Pick<RunSelection, 'customers' | 'shards'> | null): boolean {
  return selection !== null && (selection.customers !== null || selection.shards !== null);
}

/** Of the scopes of an asset, those that are asked. */
export function scopesOf(selection: Pick<RunSelection, 'shards'> | null, scopes: readonly string[]): readonly string[] {
  const shards = selection?.shards ?? null;
  return shards === null ? scopes : scopes.filter((scope) => shards.includes(scope));
}

/** Of planned tasks, those of the customers that are loaded. */
export function tasksOf(
  selection: Pick<RunSelection, 'customers'> | null,
  tasks: readonly TaskDefinition[],
): readonly TaskDefinition[] {
  const customers = selection?.customers ?? null;
  return customers === null
    ? tasks
    : tasks.filter(({ customerId }) => customerId !== null && customers.includes(customerId));
}
