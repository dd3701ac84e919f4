import { ProjectError, type SourcePlace } from '../errors.ts';
import { suggestion } from '../project/suggestion.ts';
import type { SourceArguments } from '../compile/ref-arguments.ts';
import type { Lookup, ModelVersion, RefTarget } from '../project/project.ts';
import type { DraftNode } from './parse-state.ts';

/** What references may name. */
export interface Referable {
  /** The project that is run. */
  readonly rootPackage: string;
  readonly packages: ReadonlySet<string>;
  /** Enabled models, seeds and snapshots. */
  readonly nodes: readonly DraftNode[];
  /** Names of those that are switched off. */
  readonly disabled: ReadonlySet<string>;
  /** Unique ids of sources. */
  readonly sources: ReadonlySet<string>;
}

/** What every node can be found by: `package.name`, `package.name.v1`; and without the package. */
export function makeLookup({ rootPackage, nodes, sources }: Referable): Lookup {
  const ids = new Map<string, string>();
  const anywhere = new Map<string, string>();
  const add = (packageName: string, key: string, id: string): void => {
    ids.set(`${packageName} ${key}`, id);
    if (!anywhere.has(key)) anywhere.set(key, id);
  };
  for (const { packageName, name, version, latestVersion, uniqueId } of nodes) {
    if (version === null || version === undefined) add(packageName, name, uniqueId);
    else {
      add(packageName, `${name}.v${version}`, uniqueId);
      if (String(version) === String(latestVersion)) add(packageName, name, uniqueId);
    }
  }
  const sourceKeys = new Map([...sources].map((id) => [id.split('.').slice(2).join('.'), id]));
  return {
    ref({ packageName, name, version }, from) {
      const key = keyOf(name, version);
      if (packageName !== null) return ids.get(`${packageName} ${key}`);
      return ids.get(`${rootPackage} ${key}`) ?? ids.get(`${from} ${key}`) ?? anywhere.get(key);
    },
    source(sourceName, tableName, from) {
      const idIn = (packageName: string): string | undefined => {
        const id = `source.${packageName}.${sourceName}.${tableName}`;
        return sources.has(id) ? id : undefined;
      };
      return idIn(rootPackage) ?? idIn(from) ?? sourceKeys.get(`${sourceName}.${tableName}`);
    },
  };
}

function keyOf(name: string, version: ModelVersion | null): string {
  return version === null ? name : `${name}.v${version}`;
}

/** What refers, for {@link resolveDependencies}. */
export type Referring = Pick<DraftNode, 'packageName' | 'findings' | 'place'>;

/** The unique ids that a node uses. @throws ProjectError naming the reference, the file and the nearest name. */
export function resolveDependencies(node: Referring, referable: Referable, lookup: Lookup): readonly string[] {
  const ids = [
    ...node.findings.refs.map((ref) => lookup.ref(ref, node.packageName) ?? failRef(node, ref, referable)),
    ...node.findings.sources.map(
      (source) =>
        lookup.source(source.sourceName, source.name, node.packageName) ?? failSource(node, source, referable),
    ),
  ];
  return [...new Set(ids)];
}

function failRef(node: Referring, { packageName, name, version }: RefTarget, referable: Referable): never {
  const inside = `${packageName === null ? '' : `${packageName}', '`}${name}'${version === null ? '' : `, v=${version}`}`;
  const what = `ref('${inside})`;
  if (referable.disabled.has(name)) {
    throw new ProjectError(`${what} names a model that is disabled; enable it or remove the reference`, node.place);
  }
  if (packageName !== null && !referable.packages.has(packageName)) {
    throw new ProjectError(`${what} names the package "${packageName}", which this project does not have`, node.place);
  }
  const versions = referable.nodes.filter((other) => other.name === name).flatMap((other) => other.version ?? []);
  if (version !== null && versions.length > 0)
    throw new ProjectError(`${what} names no version of the model; it has ${versions.join(', ')}`, node.place);
  const hint = suggestion(
    name,
    referable.nodes.map((other) => other.name),
  );
  throw new ProjectError(
    `${what} names no model, seed or snapshot of this project${hint === '' ? '; expected the name of one' : hint}`,
    node.place,
  );
}

function failSource(node: Referring, { sourceName, name }: SourceArguments, referable: Referable): never {
  const known = [...referable.sources].map((source) => source.split('.').slice(2).join('.'));
  const hint = suggestion(`${sourceName}.${name}`, known);
  throw new ProjectError(
    `source('${sourceName}', '${name}') names no source of this project${hint === '' ? '; expected one that a "sources:" list describes' : hint}`,
    node.place,
  );
}

/** A reference as a text of YAML, `ref('a')` or `source('b', 'c')`. @throws ProjectError when it is neither. */
export function readReference(text: string, place: SourcePlace): RefTarget | SourceArguments {
  const call = /^\s*(?:\{\{)?\s*(?<kind>ref|source)\s*\(\s*(?<arguments>.*?)\s*\)\s*(?:\}\})?\s*$/su.exec(text)?.groups;
  const texts = [
    ...(call?.['arguments'] ?? '').matchAll(
      /(?:(?<key>\w+)\s*=\s*)?(?:'(?<single>[^']*)'|"(?<double>[^"]*)"|(?<number>\d+(?:\.\d+)?))/gu,
    ),
  ];
  const positional = texts
    .filter(({ groups }) => groups?.['key'] === undefined)
    .map(({ groups }) => groups?.['single'] ?? groups?.['double'] ?? '');
  const version = texts.find(({ groups }) => groups?.['key'] === 'v' || groups?.['key'] === 'version')?.groups;
  const [first, second] = positional;
  if (call?.['kind'] === 'source' && first !== undefined && second !== undefined)
    return { sourceName: first, name: second };
  if (call?.['kind'] === 'ref' && first !== undefined) {
    const given = version?.['number'] ?? version?.['single'] ?? version?.['double'] ?? null;
    return second === undefined
      ? { packageName: null, name: first, version: given }
      : { packageName: first, name: second, version: given };
  }
  throw new ProjectError(`"${text}" is no reference; expected ref('a_model') or source('a_source', 'a_table')`, place);
}
