import { randomUUID } from 'node:crypto';
import { compileNode } from '../compile/compile-node.ts';
import { cteNameOf } from '../compile/run-context.ts';
import { ModelRunnerError } from '../errors.ts';
import { JinjaError } from '../compile/template-engine.ts';
import { topologicalOrder } from '../graph/graph.ts';
import { projectLineage, type LineageInput, type ProjectLineage } from '../lineage/project-lineage.ts';
import { materializationOf, type Project, type ProjectNode, type SourceNode } from '../project/project.ts';
import { readSeed } from '../seed/read-seed.ts';
import type { Session } from '../warehouse/warehouse.ts';
import { plainAccess } from './database-access.ts';
import { parseTree } from './parse-sql.ts';
import { snapshotColumnNames } from './snapshot-strategy.ts';

/** What `readLineage` takes. */
export interface LineageOptions {
  readonly project: Project;
  /** Asked for the columns of sources, and of models that pass on columns which nothing else names; null: properties files answer. */
  readonly session: Session | null;
  readonly warn: (message: string) => void;
  /** SQL that is rendered already, by unique id, as for a first build. Default: none. */
  readonly compiled?: ReadonlyMap<string, string>;
}

const KINDS: ReadonlySet<string> = new Set(['model', 'seed', 'snapshot']);

/**
 * The lineage of every column of a project, from what its models select when they are built for the first time. A model that cannot
 * be rendered or parsed has none, and a warning says why.
 */
export async function readLineage(options: LineageOptions): Promise<ProjectLineage> {
  const { project } = options;
  const inputs: LineageInput[] = [];
  for (const source of project.sources.values()) inputs.push(await sourceInput(options, source));
  for (const id of topologicalOrder(project.graph)) {
    const node = project.nodes.get(id);
    if (node !== undefined && KINDS.has(node.resourceType)) inputs.push(await nodeInput(options, node));
  }
  const lineage = projectLineage(inputs);
  for (const { name, warnings } of lineage.values())
    for (const warning of warnings) options.warn(`lineage of "${name}": ${warning}`);
  return lineage;
}

async function sourceInput(options: LineageOptions, source: SourceNode): Promise<LineageInput> {
  const found = await columnsInDatabase(options.session, source);
  return {
    id: source.uniqueId,
    name: `${source.sourceName}.${source.name}`,
    relation: source.relation,
    cteName: null,
    tree: null,
    columns: found ?? source.columns.map(({ name }) => name),
    isComplete: found !== null,
  };
}

async function nodeInput(options: LineageOptions, node: ProjectNode): Promise<LineageInput> {
  const isEphemeral = materializationOf(node) === 'ephemeral';
  const common = {
    id: node.uniqueId,
    name: node.version === null || node.version === undefined ? node.name : `${node.name}.v${node.version}`,
    relation: node.relation,
    cteName: isEphemeral ? cteNameOf(node) : null,
  };
  if (node.resourceType === 'seed') {
    const { columns } = readSeed(node.place.file, await options.project.readSeed(node), node.config);
    const names = columns.map(({ name, quoted }) => (quoted ? name : name.toLowerCase()));
    return { ...common, tree: null, columns: names, isComplete: true };
  }
  const tree = await treeOf(options, node);
  const described = node.columns.map(({ name, quote }) => (quote === true ? name : name.toLowerCase()));
  if (node.resourceType === 'snapshot')
    return { ...common, tree, columns: described, isComplete: false, added: snapshotColumnNames(node) };
  const found = isEphemeral ? null : await columnsInDatabase(options.session, node);
  // What stands in the database may be of an older version of the model: it only counts where the select does not say.
  return { ...common, tree, columns: found ?? described, isComplete: tree === null && found !== null };
}

async function treeOf(options: LineageOptions, node: ProjectNode): Promise<LineageInput['tree']> {
  try {
    return await parseTree(options.compiled?.get(node.uniqueId) ?? (await compile(options, node)));
  } catch (error) {
    // A RangeError: its tree is deeper than the stack.
    if (!(error instanceof ModelRunnerError || error instanceof JinjaError || error instanceof RangeError)) throw error;
    options.warn(`"${node.name}" has no lineage: ${error.message}`);
    return null;
  }
}

async function compile({ project, session }: LineageOptions, node: ProjectNode): Promise<string> {
  const { sql } = await compileNode({
    project,
    node,
    invocation: { id: randomUUID(), startedAt: new Date(), verb: 'compile', fullRefresh: true },
    access: session === null ? null : plainAccess(session),
    isIncremental: false,
    log: () => undefined,
    warn: () => undefined,
  });
  return sql;
}

/** Null where there is no database, or nothing of that name in it. */
async function columnsInDatabase(
  session: Session | null,
  { relation }: Pick<ProjectNode, 'relation'>,
): Promise<readonly string[] | null> {
  const found = session === null ? null : await session.findRelation(relation);
  if (session === null || found === null) return null;
  return (await session.columnsOf(found)).map(({ name }) => name);
}
