import { textOf } from './call-arguments.ts';
import { collectConfig, type NodeConfig } from '../project/config.ts';
import type { RefTarget, RelationName } from '../project/project.ts';
import { adapterValue, apiValue } from './adapter-value.ts';
import { baseNames, type BaseContext } from './base-context.ts';
import { collectingConfig } from './config-value.ts';
import { macroId, type MacroLibrary } from './macro-library.ts';
import { fn, NodeScope } from './node-scope.ts';
import { emptyTable } from './query-table.ts';
import { refArguments, sourceArguments, type SourceArguments } from './ref-arguments.ts';
import { relationValue } from './relation-value.ts';
import { hostObject, PyUndefined, toPython, type Value } from './template-engine.ts';

/** What a template told while it was rendered without a database. */
export interface Findings {
  readonly refs: RefTarget[];
  readonly sources: SourceArguments[];
  config: NodeConfig;
  /** Unique ids of the macros that it called. */
  readonly macros: Set<string>;
}

export interface ParseContext extends BaseContext {
  readonly library: MacroLibrary;
  /** The node's own relation as far as it is known. */
  readonly self: RelationName;
  readonly model: () => Value;
  readonly extra?: Readonly<Record<string, () => Value>>;
}

/** A scope that collects refs, sources and configuration: `execute` is false, and nothing asks a database. */
export function parseScope(context: ParseContext): { readonly scope: NodeScope; readonly findings: Findings } {
  const findings: Findings = { refs: [], sources: [], config: {}, macros: new Set() };
  const self = (): Value => relationValue({ name: context.self, type: null });
  const ref = fn('ref', (args) => {
    findings.refs.push(refArguments(args));
    return self();
  });
  const source = fn('source', (args) => {
    findings.sources.push(sourceArguments(args));
    return self();
  });
  const config = collectingConfig((given) => {
    findings.config = collectConfig(findings.config, given);
  });
  const nothing =
    (name: string, answer: Value = null): (() => Value) =>
    () =>
      fn(name, () => answer);
  const scope: NodeScope = new NodeScope(
    context.library,
    {
      ...baseNames({ ...context, allowsMissing: true }),
      ref: () => ref,
      source: () => source,
      config: () => config,
      builtins: () => toPython({ ref, source, config }),
      execute: () => false,
      is_incremental: nothing('is_incremental', false),
      this: self,
      model: context.model,
      database: () => context.self.database,
      schema: () => context.self.schema,
      adapter: () =>
        adapterValue({
          access: null,
          dispatch: (name, namespace) => scope.dispatch(name, namespace),
          macroNames: () => context.library.names(),
          database: context.target.database,
          callMacro: () => '',
        }),
      api: apiValue,
      context: () => contextValue(scope),
      graph: () => toPython({ nodes: {}, sources: {}, exposures: {}, metrics: {}, groups: {} }),
      run_query: () => fn('run_query', noAnswer),
      statement: nothing('statement', ''),
      load_result: () => fn('load_result', emptyResult),
      store_result: nothing('store_result', ''),
      store_raw_result: nothing('store_raw_result', ''),
      load_agate_table: () => fn('load_agate_table', emptyTable),
      write: nothing('write', ''),
      submit_python_job: nothing('submit_python_job', ''),
      before_begin: hookMaker('before_begin', false),
      in_transaction: hookMaker('in_transaction', true),
      after_commit: hookMaker('after_commit', false),
      sql: () => '',
      compiled_code: () => '',
      pre_hooks: () => [],
      post_hooks: () => [],
      hooks: () => [],
      results: () => [],
      schemas: () => [],
      database_schemas: () => [],
      ...context.extra,
    },
    true,
    context.packageName,
    undefined,
    (entry) => findings.macros.add(macroId(entry)),
  );
  return { scope, findings };
}

function noAnswer(): Value {
  return new PyUndefined('chainable', 'run_query', () => 'no query runs while parsing');
}

function emptyResult(): Value {
  return hostObject({ typeName: 'result', attributes: { table: emptyTable(), data: [], response: '' } });
}

/** `context`: every name of the scope as a mapping. */
export function contextValue(scope: NodeScope): Value {
  return hostObject({
    typeName: 'dict',
    isMapping: true,
    otherAttribute: (name) =>
      name === 'get'
        ? fn('get', ({ positional: [key, byDefault] }) => scope.get(textOf(key)) ?? byDefault ?? null)
        : scope.get(name),
    item: (key) => (typeof key === 'string' ? scope.get(key) : undefined),
    iterate: () => [...scope.keys()],
    isTrue: () => true,
  });
}

/** `before_begin("…")` and its kind: a hook with its place in the transaction, as JSON. */
export function hookMaker(name: string, transaction: boolean): () => Value {
  return () => fn(name, ({ positional: [sql] }) => JSON.stringify({ sql, transaction }));
}
