import type { FormerState } from '../artifacts/read-state.ts';
import { topologicalOrder } from '../graph/graph.ts';
import type { ProjectLineage } from '../lineage/project-lineage.ts';
import { traceColumn } from '../lineage/trace.ts';
import { materializationOf, type Project, type ProjectNode } from '../project/project.ts';
import type { ExistingRelation, Session, Warehouse } from '../warehouse/warehouse.ts';
import { checkProject, type CheckResult, type PlannedRelation } from './check-project.ts';
import { diffColumns, type ColumnChanges, type PlanColumn } from './diff-columns.ts';
import { actionOf, type PlannedAction } from './plan-action.ts';
import { readLineage } from './read-lineage.ts';

/** What `planProject` takes. */
export interface PlanOptions {
  readonly project: Project;
  /** What would run. */
  readonly ids: ReadonlySet<string>;
  /** Null: the plan is made against `former` alone, and columns are compared by their names. */
  readonly warehouse: Warehouse | null;
  /** A former run, which stands for the database where there is none. */
  readonly former?: FormerState | null;
  readonly fullRefresh?: boolean;
  readonly signal?: AbortSignal;
  readonly warn?: (message: string) => void;
}

/** What would become of one node. */
export interface NodePlan extends PlannedAction {
  readonly node: ProjectNode;
  readonly materialization: string;
  readonly columns: ColumnChanges;
  /** Rows that its table holds, by the statistics of the server; null where there is no table or it was never analyzed. */
  readonly rowsNow: number | null;
  /** Rows that would be written, as the planner expects; null for views, and without a database. */
  readonly rowsExpected: number | null;
  /** Columns that hold, or are computed from, a column of another model that is new or has another type. */
  readonly affected: readonly AffectedColumn[];
  /** Why it cannot be planned; null when it can. */
  readonly problem: string | null;
}

export interface AffectedColumn {
  readonly column: string;
  /** The changed column, as `model.column`. */
  readonly by: string;
}

/** What a run would do. */
export interface ProjectPlan {
  /** In the order of dependencies. */
  readonly nodes: readonly NodePlan[];
  /** Unique ids of what would not run. */
  readonly untouched: readonly string[];
  /** Nodes that would not run, and whose columns are affected all the same: they go on with what they were built from. */
  readonly affectedElsewhere: readonly { readonly node: ProjectNode; readonly affected: readonly AffectedColumn[] }[];
}

/** What is there now. */
interface Standing {
  readonly existing: ExistingRelation | null;
  readonly wasReset: boolean;
  /** Why an incremental model cannot go on from it; null when it can. */
  readonly rebuildReason?: string | null;
  readonly columns: readonly PlanColumn[] | null;
  readonly rows: number | null;
}

/** Says what a run would change, and changes nothing. @throws DatabaseError when the database cannot be reached. */
export async function planProject(options: PlanOptions): Promise<ProjectPlan> {
  const { project, ids, warehouse, signal } = options;
  const order = topologicalOrder(project.graph).flatMap((id) => project.nodes.get(id) ?? []);
  const all = order.filter(isBuilt);
  const chosen = all.filter(({ uniqueId }) => ids.has(uniqueId));
  const planned = new Map<string, PlannedRelation>();
  const checks = await checkProject({
    project,
    // What is read by what would run is planned too: its columns may be new.
    ids: new Set(order.map(({ uniqueId }) => uniqueId).filter((id) => project.nodes.get(id)?.resourceType !== 'test')),
    warehouse,
    ...(signal === undefined ? {} : { signal }),
    onPlanned: (node, relation) => planned.set(node.uniqueId, relation),
  });
  const read = async (session: Session | null): Promise<[ReadonlyMap<string, Standing>, ProjectLineage]> => {
    const standing = new Map<string, Standing>();
    for (const node of all) standing.set(node.uniqueId, await standingOf(options, session, node));
    const lineage = await readLineage({ project, session, warn: options.warn ?? (() => undefined) });
    return [standing, lineage];
  };
  const [standing, lineage] = warehouse === null ? await read(null) : await warehouse.withSession(read, signal);
  return assemble({ options, chosen, all, planned, checks, standing, lineage });
}

function isBuilt(node: ProjectNode): boolean {
  return ['model', 'seed', 'snapshot'].includes(node.resourceType) && materializationOf(node) !== 'ephemeral';
}

/** What was found out before the plan is put together. */
interface Findings {
  readonly options: PlanOptions;
  readonly chosen: readonly ProjectNode[];
  readonly all: readonly ProjectNode[];
  readonly planned: ReadonlyMap<string, PlannedRelation>;
  readonly checks: readonly CheckResult[];
  readonly standing: ReadonlyMap<string, Standing>;
  readonly lineage: ProjectLineage;
}

function assemble(findings: Findings): ProjectPlan {
  const { chosen, all, checks } = findings;
  const problems = new Map(
    checks.map(({ node, status, message }) => [node.uniqueId, status === 'ok' ? null : message]),
  );
  const changes = new Map(
    chosen.map((node) => [node.uniqueId, problems.get(node.uniqueId) ? NO_CHANGES : changesOf(findings, node)]),
  );
  const affected = affectedColumns(findings, changes);
  const nodes = chosen.map((node) => ({
    ...planNode(findings, node),
    columns: changes.get(node.uniqueId) ?? NO_CHANGES,
    affected: affected.get(node.uniqueId) ?? [],
    problem: problems.get(node.uniqueId) ?? null,
  }));
  const untouched = all.filter((node) => !changes.has(node.uniqueId));
  return {
    nodes,
    untouched: untouched.map(({ uniqueId }) => uniqueId),
    affectedElsewhere: untouched.flatMap((node) => {
      const columns = affected.get(node.uniqueId);
      return columns === undefined ? [] : [{ node, affected: columns }];
    }),
  };
}

const NO_CHANGES: ColumnChanges = { added: [], removed: [], retyped: [] };

function planNode(
  { options, planned, standing }: Findings,
  node: ProjectNode,
): Omit<NodePlan, 'columns' | 'affected' | 'problem'> {
  const materialization = materializationOf(node);
  const { existing = null, wasReset = false, rebuildReason = null, rows = null } = standing.get(node.uniqueId) ?? {};
  const isKnown = options.warehouse !== null || options.former?.facts.has(node.uniqueId) === true;
  const action = actionOf(node, {
    kind: options.warehouse === null ? (isKnown ? 'same' : null) : (existing?.kind ?? null),
    wasReset,
    rebuildReason,
    fullRefresh: options.fullRefresh ?? false,
  });
  const relation = planned.get(node.uniqueId);
  const writes = materialization !== 'view';
  const expected = action.action === 'extend' && materialization === 'incremental' ? relation?.newRows : relation?.rows;
  return { node, materialization, ...action, rowsNow: rows, rowsExpected: writes ? (expected ?? null) : null };
}

/** Nothing where the node is new: then all of its columns are. */
function changesOf({ options, planned, standing, lineage }: Findings, node: ProjectNode): ColumnChanges {
  const before = standing.get(node.uniqueId)?.columns;
  if (before === null || before === undefined) return NO_CHANGES;
  const relation = planned.get(node.uniqueId);
  const known = lineage.get(node.uniqueId);
  if (options.warehouse === null) {
    if (known === undefined || known.open.length > 0) return NO_CHANGES;
    return diffColumns(
      before,
      known.columns.map(({ name }) => ({ name, type: null })),
      [],
    );
  }
  if (relation === undefined) return NO_CHANGES;
  const after = relation.columns.map(({ name, fullType }) => ({ name, type: fullType }));
  // The materialization adds columns of its own to a snapshot.
  const kept = node.resourceType === 'snapshot' ? (known?.columns ?? []).map(({ name }) => name) : [];
  return diffColumns(before, after, kept);
}

/** Columns that what is new or has another type reaches, by the node that they are in. */
function affectedColumns(
  { lineage }: Findings,
  changes: ReadonlyMap<string, ColumnChanges>,
): ReadonlyMap<string, readonly AffectedColumn[]> {
  const affected = new Map<string, AffectedColumn[]>();
  for (const [id, { added, retyped }] of changes) {
    for (const { name } of [...added, ...retyped]) {
      const { columns } = traceColumn(lineage, { relation: id, column: name, path: [] }, 'downstream');
      const by = `${lineage.get(id)?.name ?? id}.${name}`;
      for (const { relation, column } of columns)
        affected.set(relation, [...(affected.get(relation) ?? []), { column, by }]);
    }
  }
  return affected;
}

async function standingOf(options: PlanOptions, session: Session | null, node: ProjectNode): Promise<Standing> {
  const { former, project } = options;
  if (session === null) {
    const columns = former?.columnsOf(node.uniqueId) ?? null;
    return { existing: null, wasReset: false, columns: project.nodes.has(node.uniqueId) ? columns : null, rows: null };
  }
  const existing = await session.findRelation(node.relation);
  if (existing === null) return { existing, wasReset: false, columns: null, rows: null };
  const columns = (await session.columnsOf(existing)).map(({ name, fullType }) => ({ name, type: fullType }));
  const rows = existing.kind === 'view' ? null : await session.estimateRows(existing);
  const wasReset = node.resourceType === 'model' && (await session.wasReset(existing));
  const isIncremental = materializationOf(node) === 'incremental' && existing.kind === 'table';
  const rebuildReason = isIncremental ? await session.rebuildReason(existing, node) : null;
  return { existing, wasReset, rebuildReason, columns, rows };
}
