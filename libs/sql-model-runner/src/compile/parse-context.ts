import { mergeConfig, type NodeConfig } from '../project/config.ts';
import type { RelationName } from '../project/project.ts';
import { adapterValue, apiValue } from './adapter-value.ts';
import { baseNames, type BaseContext } from './base-context.ts';
import { collectingConfig } from './config-value.ts';
import type { MacroLibrary } from './macro-library.ts';
import { fn, NodeScope } from './node-scope.ts';
import { refArguments, sourceArguments, type RefArguments, type SourceArguments } from './ref-arguments.ts';
import { relationValue } from './relation-value.ts';
import { hostObject, PyUndefined, toPython, type Value } from './template-engine.ts';

/** What a template told while it was rendered without a database. */
export interface Findings {
  readonly refs: RefArguments[];
  readonly sources: SourceArguments[];
  config: NodeConfig;
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
  const findings: Findings = { refs: [], sources: [], config: {} };
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
    findings.config = mergeConfig(findings.config, given);
  });
  const nothing =
    (name: string, answer: Value = null): (() => Value) =>
    () =>
      fn(name, () => answer);
  const scope: NodeScope = new NodeScope(
    context.library,
    {
      ...baseNames(context),
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
        }),
      api: apiValue,
      graph: () => toPython({ nodes: {}, sources: {} }),
      run_query: nothing('run_query', new PyUndefined('chainable', 'run_query', () => 'no query runs while parsing')),
      statement: nothing('statement', ''),
      load_result: nothing('load_result'),
      store_result: nothing('store_result', ''),
      before_begin: hookMaker('before_begin', false),
      in_transaction: hookMaker('in_transaction', true),
      after_commit: hookMaker('after_commit', false),
      sql: () => '',
      pre_hooks: () => [],
      post_hooks: () => [],
      modules: () => hostObject({ typeName: 'modules' }),
      ...context.extra,
    },
    true,
  );
  return { scope, findings };
}

/** `before_begin("…")` and its kind: a hook with its place in the transaction, as JSON. */
export function hookMaker(name: string, transaction: boolean): () => Value {
  return () => fn(name, ({ positional: [sql] }) => JSON.stringify({ sql, transaction }));
}
