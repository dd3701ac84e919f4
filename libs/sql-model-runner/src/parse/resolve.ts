import { ProjectError } from '../errors.ts';
import { suggestion } from '../project/suggestion.ts';
import type { RefArguments, SourceArguments } from '../compile/ref-arguments.ts';
import type { DraftNode } from './parse-state.ts';

/** What references may name. */
export interface Referable {
  readonly projectName: string;
  /** Unique ids of enabled models and seeds by name. */
  readonly refs: ReadonlyMap<string, string>;
  /** Names of models and seeds that are switched off. */
  readonly disabled: ReadonlySet<string>;
  /** Unique ids of sources. */
  readonly sources: ReadonlySet<string>;
}

/** The unique ids that a node uses. @throws ProjectError naming the reference, the file and the nearest name. */
export function resolveDependencies(node: DraftNode, referable: Referable): readonly string[] {
  const ids = [
    ...node.findings.refs.map((ref) => resolveRef(node, ref, referable)),
    ...node.findings.sources.map((source) => resolveSource(node, source, referable)),
  ];
  return [...new Set(ids)];
}

function resolveRef(node: DraftNode, { packageName, name }: RefArguments, referable: Referable): string {
  const id = packageName === null || packageName === referable.projectName ? referable.refs.get(name) : undefined;
  if (id !== undefined) return id;
  const what = `ref('${packageName === null ? '' : `${packageName}', '`}${name}')`;
  if (referable.disabled.has(name)) {
    throw new ProjectError(`${what} names a model that is disabled; enable it or remove the reference`, node.place);
  }
  if (packageName !== null && packageName !== referable.projectName) {
    throw new ProjectError(`${what} names the package "${packageName}", which this project does not have`, node.place);
  }
  const hint = suggestion(name, referable.refs.keys());
  throw new ProjectError(
    `${what} names no model or seed of this project${hint === '' ? '; expected the name of one' : hint}`,
    node.place,
  );
}

function resolveSource(node: DraftNode, { sourceName, name }: SourceArguments, referable: Referable): string {
  const id = `source.${referable.projectName}.${sourceName}.${name}`;
  if (referable.sources.has(id)) return id;
  const known = [...referable.sources].map((source) => source.split('.').slice(2).join('.'));
  const hint = suggestion(`${sourceName}.${name}`, known);
  throw new ProjectError(
    `source('${sourceName}', '${name}') names no source of this project${hint === '' ? '; expected one that a "sources:" list describes' : hint}`,
    node.place,
  );
}
