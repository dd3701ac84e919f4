import { materializationOf, type ProjectNode } from '../project/project.ts';
import type { RelationKind } from '../warehouse/warehouse.ts';

/** What a run would do with a node. */
export type Action =
  /** Nothing of its name is there. */
  | 'create'
  /** Its table is built anew and swapped in. */
  | 'rebuild'
  /** Its view is defined anew. */
  | 'replace'
  /** New rows go into its table. */
  | 'extend'
  /** The rows of its file go into its table. */
  | 'load'
  | 'refresh';

export interface PlannedAction {
  readonly action: Action;
  /** Why, where that does not follow from its materialization; null where it does. */
  readonly reason: string | null;
}

/** What a node's action hangs on. */
export interface ActionFacts {
  /** What stands under its name; null for nothing, `same` for what it was built as before. */
  readonly kind: RelationKind | 'same' | null;
  /** Whether a crash of the server emptied it. */
  readonly wasReset: boolean;
  /** Why an incremental model cannot go on from its table; null when it can. */
  readonly rebuildReason: string | null;
  readonly fullRefresh: boolean;
}

const BUILT_AS: Readonly<Record<string, RelationKind>> = { view: 'view', materialized_view: 'materialized_view' };

/** What a run would do with a node, in one word, and why. */
export function actionOf(
  node: ProjectNode,
  { kind, wasReset, rebuildReason, fullRefresh }: ActionFacts,
): PlannedAction {
  const materialization = materializationOf(node);
  const wanted = BUILT_AS[materialization] ?? 'table';
  if (kind === null) return { action: 'create', reason: null };
  const usual = USUAL[materialization] ?? 'rebuild';
  if (kind !== 'same' && kind !== wanted)
    return { action: wanted === 'view' ? 'replace' : 'rebuild', reason: `there is a ${kind.replace('_', ' ')} now` };
  if (wasReset) return { action: 'rebuild', reason: 'a crash of the server emptied it' };
  if (rebuildReason !== null) return { action: 'rebuild', reason: rebuildReason };
  const refreshes = typeof node.config['full_refresh'] === 'boolean' ? node.config['full_refresh'] : fullRefresh;
  if (refreshes && (materialization === 'incremental' || materialization === 'seed'))
    return { action: 'rebuild', reason: 'full refresh' };
  return { action: usual, reason: null };
}

const USUAL: Readonly<Record<string, Action>> = {
  view: 'replace',
  incremental: 'extend',
  snapshot: 'extend',
  seed: 'load',
  materialized_view: 'refresh',
};
