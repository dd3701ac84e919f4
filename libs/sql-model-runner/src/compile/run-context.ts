import { ModelRunnerError } from '../errors.ts';
import { materializationOf, type Project, type ProjectNode, type RelationName } from '../project/project.ts';
import type { ExistingRelation, QueryResult, RelationColumn } from '../warehouse/warehouse.ts';
import { adapterValue, apiValue } from './adapter-value.ts';
import { baseNames, type BaseContext, type Invocation } from './base-context.ts';
import { named, textOf } from './call-arguments.ts';
import { readingConfig } from './config-value.ts';
import { cteName } from './inject-ctes.ts';
import { fn, NodeScope } from './node-scope.ts';
import { nodeValue } from './node-value.ts';
import { hookMaker } from './parse-context.ts';
import { queryTable } from './query-table.ts';
import { refArguments, sourceArguments } from './ref-arguments.ts';
import { relationValue } from './relation-value.ts';
import { callValue, hostObject, toPython, toText, type CallArguments, type Value } from './template-engine.ts';

/** What templates may ask of the database while a node runs. */
export interface DatabaseAccess {
  execute(sql: string): Promise<QueryResult>;
  findRelation(name: RelationName): Promise<ExistingRelation | null>;
  columnsOf(relation: ExistingRelation): Promise<readonly RelationColumn[]>;
}

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
}

/** The scope of a node that runs: `execute` is true, references are relations. */
export function runScope(context: RunContext): NodeScope {
  const { project, node, invocation } = context;
  const base: BaseContext = {
    projectName: project.name,
    packageName: node.packageName,
    target: project.target,
    variables: project.variables,
    invocation,
    log: context.log,
    warn: context.warn,
  };
  const ref = fn('ref', (args) => referred(context, args));
  const source = fn('source', (args) => sourced(context, args));
  const config = readingConfig(node.config);
  const scope: NodeScope = new NodeScope(
    project.library,
    {
      ...baseNames(base),
      ...queryNames(context),
      ref: () => ref,
      source: () => source,
      config: () => config,
      builtins: () => toPython({ ref, source, config }),
      execute: () => true,
      is_incremental: () => fn('is_incremental', () => context.isIncremental),
      this: () => relationValue({ name: node.relation, type: null }),
      model: () => nodeValue(node),
      database: () => node.relation.database,
      schema: () => node.relation.schema,
      adapter: () =>
        adapterValue({
          access: context.access,
          dispatch: (name, namespace) => scope.dispatch(name, namespace),
          macroNames: () => project.library.names(),
          database: project.target.database,
        }),
      api: apiValue,
      graph: () => graphValue(project),
      before_begin: hookMaker('before_begin', false),
      in_transaction: hookMaker('in_transaction', true),
      after_commit: hookMaker('after_commit', false),
      modules: () => hostObject({ typeName: 'modules' }),
    },
    false,
  );
  return scope;
}

function graphValue(project: Project): Value {
  const nodes = [...project.nodes].map(([id, node]) => [id, nodeValue(node)] as const);
  const sources = [...project.sources].map(([id, source]) => [
    id,
    {
      unique_id: id,
      name: source.name,
      source_name: source.sourceName,
      ...source.relation,
      resource_type: 'source',
      tags: [...source.tags],
    },
  ]);
  return toPython({
    nodes: Object.fromEntries(nodes),
    sources: Object.fromEntries(sources) as Record<string, unknown>,
  });
}

function referred({ project, node, onEphemeral }: RunContext, args: CallArguments): Value {
  const { packageName, name } = refArguments(args);
  const target = packageName === null || packageName === project.name ? project.refs.get(name) : undefined;
  if (!target || !node.dependsOn.includes(target.uniqueId)) throw unforeseen(node, `ref('${name}')`);
  if (target.resourceType === 'model' && materializationOf(target) === 'ephemeral') {
    onEphemeral(target);
    return relationValue({ name: { identifier: cteName(target.name) }, type: 'cte', text: cteName(target.name) });
  }
  const type = materializationOf(target) === 'view' ? 'view' : 'table';
  return relationValue({ name: target.relation, type });
}

function sourced({ project, node }: RunContext, args: CallArguments): Value {
  const { sourceName, name } = sourceArguments(args);
  const source = project.sources.get(`source.${project.name}.${sourceName}.${name}`);
  if (!source || !node.dependsOn.includes(source.uniqueId))
    throw unforeseen(node, `source('${sourceName}', '${name}')`);
  return relationValue({ name: source.relation, type: 'table' });
}

/** A reference in a branch that parsing, which asks no database, did not take. */
function unforeseen(node: ProjectNode, reference: string): ModelRunnerError {
  return new ModelRunnerError(
    `${reference} was not seen when the project was parsed, so nothing makes sure that it is built before "${node.name}"; name it outside of the condition, e.g. -- depends_on: {{ ${reference} }}`,
    'terminal',
  );
}

function queryNames(context: RunContext): Readonly<Record<string, () => Value>> {
  const results = new Map<string, Value>();
  const query = async (sql: string): Promise<QueryResult> => {
    if (context.access) return context.access.execute(sql);
    throw new ModelRunnerError('a query while rendering needs a database; compile with a connection', 'terminal');
  };
  const keep = (name: string, table: Value): Value => {
    results.set(name, hostObject({ typeName: 'result', attributes: { table, data: [], response: 'OK' } }));
    return '';
  };
  return {
    run_query: () => fn('run_query', async ({ positional: [sql] }) => queryTable(await query(textOf(sql)))),
    statement: () =>
      fn('statement', async (args) => {
        const { name, fetch_result: fetches } = named(args, ['name', 'fetch_result']);
        const caller = args.keyword.get('caller');
        if (caller === undefined)
          throw new ModelRunnerError(
            'statement() is used with a call block: {% call statement("name") %} … {% endcall %}',
            'terminal',
          );
        const result = await query(toText(await callValue(caller, { positional: [], keyword: new Map() })));
        return typeof name === 'string' ? keep(name, fetches === true ? queryTable(result) : null) : '';
      }),
    load_result: () => fn('load_result', ({ positional: [name] }) => results.get(textOf(name)) ?? null),
    store_result: () =>
      fn('store_result', (args) => keep(textOf(args.positional[0]), args.keyword.get('agate_table') ?? null)),
  };
}
