import { configLevels, mergeConfig, type NodeConfig } from '../project/config.ts';
import type { NodeType } from '../project/project.ts';
import { treeOf, type ParseState } from './parse-state.ts';

/** The layers of a node's configuration. */
export interface ConfigLayers {
  readonly kind: NodeType;
  readonly fqn: readonly string[];
  /** Of the properties file. */
  readonly described: NodeConfig;
  /** Of `config()` in the file itself. */
  readonly inFile?: NodeConfig;
}

/**
 * The configuration of a node as dbt lays it together: the package's own tree, the properties, the file; and for nodes of a package,
 * over all of that, the tree of the project that uses it.
 */
export function layeredConfig(state: ParseState, layers: ConfigLayers): NodeConfig {
  const { kind, fqn, described, inFile = {} } = layers;
  const own = [...configLevels(treeOf(state.file, kind), fqn), described, inFile];
  const ofRoot = state.file === state.root ? [] : configLevels(treeOf(state.root, kind), fqn);
  return [...own, ...ofRoot].reduce(mergeConfig, {});
}
