import { ProjectError } from '../errors.ts';
import { materializationOf, type Lookup, type ProjectNode } from '../project/project.ts';
import { display } from '../project/display.ts';
import { nameNode } from './name-nodes.ts';
import type { DraftNode, ParseState } from './parse-state.ts';
import { resolveDependencies, type Referable } from './resolve.ts';

/** What turns drafts into nodes. */
export interface Finishing {
  readonly drafts: readonly DraftNode[];
  readonly stateOf: ReadonlyMap<string, ParseState>;
  readonly referable: Referable;
  readonly lookup: Lookup;
}

/** Resolves references, names relations. @throws ProjectError when a reference leads nowhere or two nodes have one relation. */
export function finishNodes({ drafts, stateOf, referable, lookup }: Finishing): {
  readonly nodes: ReadonlyMap<string, ProjectNode>;
  readonly disabled: readonly ProjectNode[];
} {
  const nodes = new Map<string, ProjectNode>();
  const disabled: ProjectNode[] = [];
  const relations = new Map<string, ProjectNode>();
  const models = new Map(drafts.flatMap((draft) => (draft.resourceType === 'model' ? [[draft.uniqueId, draft]] : [])));
  for (const draft of drafts) {
    const state = stateOf.get(draft.packageName) as ParseState;
    if (draft.config['enabled'] === false) {
      disabled.push(finishNode(state, draft, []));
      continue;
    }
    const dependsOn = dependenciesOf(state, draft, referable, lookup);
    if (dependsOn === null) continue;
    const node = finishNode(state, draft, dependsOn);
    refusePrivate(draft, dependsOn, models);
    nodes.set(node.uniqueId, node);
    if (isBuilt(node)) refuseTwins(relations, node);
  }
  return { nodes, disabled };
}

/** A private model may be read within its group alone. @throws ProjectError naming both. */
function refusePrivate(draft: DraftNode, dependsOn: readonly string[], models: ReadonlyMap<string, DraftNode>): void {
  // A generic test belongs to what it tests.
  if (draft.test !== undefined || draft.resourceType === 'unit_test') return;
  for (const id of dependsOn) {
    const target = models.get(id);
    if (target?.config['access'] !== 'private') continue;
    const group = target.config['group'];
    if (group !== undefined && group !== null && draft.config['group'] === group) continue;
    throw new ProjectError(
      `"${draft.name}" reads "${target.name}", which is private to the group "${display(group ?? '')}"; make it protected, or put "${draft.name}" into the group`,
      draft.place,
    );
  }
}

function isBuilt(node: ProjectNode): boolean {
  return ['model', 'seed', 'snapshot'].includes(node.resourceType) && materializationOf(node) !== 'ephemeral';
}

function refuseTwins(relations: Map<string, ProjectNode>, node: ProjectNode): void {
  const key = `${node.relation.schema}.${node.relation.identifier}`;
  const other = relations.get(key);
  if (other) {
    throw new ProjectError(
      `"${other.name}" (${other.place.file}) and "${node.name}" (${node.place.file}) would both be built as "${key}"; give one of them another alias or schema`,
      node.place,
    );
  }
  relations.set(key, node);
}

/** A test of something that is not there is left out with a warning, as in dbt; anything else fails. */
function dependenciesOf(
  state: ParseState,
  draft: DraftNode,
  referable: Referable,
  lookup: Lookup,
): readonly string[] | null {
  try {
    return resolveDependencies(draft, referable, lookup);
  } catch (error) {
    if (draft.resourceType !== 'test' || !(error instanceof ProjectError)) throw error;
    state.warnings.push(`${error.message}; the test is left out`);
    return null;
  }
}

function finishNode(state: ParseState, draft: DraftNode, dependsOn: readonly string[]): ProjectNode {
  const { findings: _, ...rest } = draft;
  const relation = nameNode(state, draft);
  return { ...rest, alias: relation.identifier, relation, dependsOn };
}
