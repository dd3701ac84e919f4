import { display } from '../project/display.ts';
import { ModelRunnerError } from '../errors.ts';
import {
  materializationOf,
  type AnyNode,
  type Project,
  type ProjectNode,
  type RefTarget,
  type RelationName,
} from '../project/project.ts';
import { adapterValue, apiValue, type AdapterAccess } from './adapter-value.ts';
import { baseNames, type BaseContext, type Invocation } from './base-context.ts';
import { textOf } from './call-arguments.ts';
import { readingConfig } from './config-value.ts';
import { graphValue } from './graph-value.ts';
import { cteName } from './inject-ctes.ts';
import { fn, NodeScope, type NameTable } from './node-scope.ts';
import { configValue, nodeValue } from './node-value.ts';
import { contextValue, hookMaker } from './parse-context.ts';
import { refArguments, sourceArguments, type SourceArguments } from './ref-arguments.ts';
import { relationValue, type RelationFacts, type RelationFilter } from './relation-value.ts';
import { statementNames } from './statement-names.ts';
import { callValue, compileTemplate, toPython, type Value } from './template-engine.ts';
import type { Variables } from './variables.ts';

/** What templates may ask of the database while a node runs. */
export type DatabaseAccess = AdapterAccess;

export interface RunContext {
  readonly project: Project;
  readonly node: ProjectNode;
  readonly invocation: Invocation;
  /** Null when a project is compiled without a database: what would ask it fails, and no model is incremental. */
  readonly access: DatabaseAccess | null;
  /** What `is_incremental()` answers. */
  readonly isIncremental: boolean;
  readonly log: (message: string) => void;
  readonly warn: (message: string) => void;
  /** Called for each ephemeral model that the node reads. */
  readonly onEphemeral: (node: ProjectNode) => void;
  /** Names besides, which win over the others: `sql`, `pre_hooks`, `results`, … */
  readonly extra?: NameTable;
  /** What takes the place of macros in a unit test, by `name` or `package.name`. */
  readonly overriding?: NameTable;
  /** The batch of a microbatch model. */
  readonly batch?: Batch | null;
  /** Where nodes that are not built here are read instead (`--defer`). */
  readonly deferred?: (uniqueId: string) => RelationName | undefined;
  /** Of a unit test: what stands for an input instead of its relation. */
  readonly inputs?: (uniqueId: string) => RelationFacts | undefined;
  readonly variables?: Variables;
  readonly compiledCode?: string;
  /** Whether a reference may name what the node does not depend on: in hooks and operations of the project. */
  readonly mayReferToAll?: boolean;
}

/** A span of event time, [start, end). */
export interface Batch {
  readonly start: Date | null;
  readonly end: Date | null;
}

/** The scope of a node that runs: `execute` is true, references are relations. */
export function runScope(context: RunContext): NodeScope {
  const { project, node, invocation } = context;
  const base: BaseContext = {
    projectName: project.name,
    packageName: node.packageName,
    target: project.target,
    variables: context.variables ?? project.variables,
    invocation,
    log: context.log,
    warn: context.warn,
  };
  const ref = fn('ref', (args) => referred(context, refArguments(args)));
  const source = fn('source', (args) => sourced(context, sourceArguments(args)));
  const config = readingConfig(configValue(node));
  const callMacro = (name: string, positional: readonly Value[]): Value | Promise<Value> =>
    callValue(scope.get(name) ?? null, { positional, keyword: new Map() });
  const names: NameTable = {
    ...baseNames(base),
    ...statementNames(context),
    ref: () => ref,
    source: () => source,
    config: () => config,
    builtins: () => toPython({ ref, source, config }),
    execute: () => true,
    is_incremental: () => fn('is_incremental', () => context.isIncremental),
    this: () => thisValue(context),
    model: () => modelValue(context),
    database: () => node.relation.database,
    schema: () => node.relation.schema,
    adapter: () =>
      adapterValue({
        access: context.access,
        dispatch: (name, namespace) => scope.dispatch(name, namespace),
        macroNames: () => project.library.names(),
        database: project.target.database,
        callMacro,
      }),
    api: apiValue,
    context: () => contextValue(scope),
    graph: () => graphValue(project),
    before_begin: hookMaker('before_begin', false),
    in_transaction: hookMaker('in_transaction', true),
    after_commit: hookMaker('after_commit', false),
    write: () => fn('write', () => ''),
    render: () =>
      fn('render', ({ positional: [text] }) => compileTemplate(textOf(text), node.place.file).render(scope)),
    compiled_code: () => context.compiledCode ?? '',
  };
  const scope: NodeScope = new NodeScope(
    project.library,
    { ...names, ...context.extra },
    false,
    node.packageName,
    undefined,
    undefined,
    context.overriding,
  );
  return scope;
}

function modelValue({ node, batch, compiledCode }: RunContext): Value {
  const code =
    compiledCode === undefined ? {} : { compiled_code: compiledCode, compiled_sql: compiledCode, compiled: true };
  const span =
    batch === null || batch === undefined
      ? {}
      : {
          batch: {
            id: batch.start === null ? '' : batchId(batch.start),
            event_time_start: batch.start?.toISOString(),
            event_time_end: batch.end?.toISOString(),
          },
        };
  return nodeValue(node, { ...code, ...span });
}

/** `20240131`. */
export function batchId(start: Date): string {
  return start.toISOString().slice(0, 10).replaceAll('-', '');
}

function thisValue({ node, inputs }: RunContext): Value {
  const given = inputs?.(node.uniqueId);
  return relationValue(given ?? { name: node.relation, type: null });
}

function referred(context: RunContext, target: RefTarget): Value {
  const { project, node, onEphemeral } = context;
  const id = project.lookup.ref(target, node.packageName);
  const found = id === undefined ? undefined : project.nodes.get(id);
  if (!found || !isForeseen(context, found.uniqueId)) throw unforeseen(node, `ref('${target.name}')`);
  checkAccess(node, found);
  const given = context.inputs?.(found.uniqueId);
  if (given) return relationValue(given);
  if (found.resourceType === 'model' && materializationOf(found) === 'ephemeral') {
    onEphemeral(found);
    return relationValue({ name: { identifier: cteNameOf(found) }, type: 'cte', text: cteNameOf(found) });
  }
  const type = found.resourceType === 'model' && materializationOf(found) === 'view' ? 'view' : 'table';
  const name = context.deferred?.(found.uniqueId) ?? found.relation;
  return relationValue({ name, type, filter: filterOf(context, found) });
}

/** The name under which an ephemeral model is read. */
export function cteNameOf({ name, version }: ProjectNode): string {
  return cteName(version === null || version === undefined ? name : `${name}_v${version}`);
}

/** A private model may be read within its group alone, a protected one of a package never from outside by another's. */
function checkAccess(node: ProjectNode, target: ProjectNode): void {
  if (target.config['access'] !== 'private') return;
  if (node.resourceType === 'test' || target.config['group'] === undefined) return;
  if (node.config['group'] === target.config['group'] && node.packageName === target.packageName) return;
  throw new ModelRunnerError(
    `"${node.name}" reads "${target.name}", which is private to the group "${display(target.config['group'])}"; make it protected, or put "${node.name}" into the group`,
    'terminal',
  );
}

function sourced(context: RunContext, { sourceName, name }: SourceArguments): Value {
  const { project, node } = context;
  const id = project.lookup.source(sourceName, name, node.packageName);
  const source = id === undefined ? undefined : project.sources.get(id);
  // As in dbt: a source is not built, so nothing has to make sure that it is built before.
  if (!source) throw unforeseen(node, `source('${sourceName}', '${name}')`);
  const given = context.inputs?.(source.uniqueId);
  const { quoting } = source.properties;
  const bare = (['database', 'schema', 'identifier'] as const).filter((part) => quoting[part] === false);
  return relationValue(given ?? { name: source.relation, type: 'table', filter: filterOf(context, source), bare });
}

function isForeseen({ node, mayReferToAll, inputs }: RunContext, id: string): boolean {
  return mayReferToAll === true || inputs !== undefined || node.dependsOn.includes(id);
}

/** `--empty` reads nothing; a batch reads its own span of what has an event time. */
function filterOf({ invocation, batch, node }: RunContext, read: AnyNode): RelationFilter | null {
  const isBuilding = node.resourceType === 'model' || node.resourceType === 'snapshot';
  if (invocation.flags?.empty === true && isBuilding) return { kind: 'empty' };
  const field = read.config['event_time'];
  if (batch === null || batch === undefined || typeof field !== 'string') return null;
  return { kind: 'event_time', field, start: timeText(batch.start), end: timeText(batch.end) };
}

function timeText(moment: Date | null): string | null {
  return moment === null ? null : `${moment.toISOString().slice(0, 19).replace('T', ' ')}+00:00`;
}

/** A reference in a branch that parsing, which asks no database, did not take. */
function unforeseen(node: ProjectNode, reference: string): ModelRunnerError {
  return new ModelRunnerError(
    `${reference} was not seen when the project was parsed, so nothing makes sure that it is built before "${node.name}"; name it outside of the condition, e.g. -- depends_on: {{ ${reference} }}`,
    'terminal',
  );
}
