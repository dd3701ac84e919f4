import { hooksOf } from '../compile/hook-config.ts';
import { nodeValue } from '../compile/node-value.ts';
import { parseScope, type Findings } from '../compile/parse-context.ts';
import { compileTemplate } from '../compile/template-engine.ts';
import { ProjectError } from '../errors.ts';
import { listOf, type NodeConfig } from '../project/config.ts';
import type { ModelVersion, NodeType, ProjectTextFile } from '../project/project.ts';
import type { VersionProperties } from '../project/properties.ts';
import { layeredConfig } from './layered-config.ts';
import {
  baseContextOf,
  placeOf,
  type DescribedNode,
  type DescribedParts,
  type DraftNode,
  type ParseState,
  type ProjectProperties,
} from './parse-state.ts';
import { fqnOf, pathBelow, stemOf } from './paths.ts';
import { staticFindings } from './static-findings.ts';

/** One SQL file as a node: configuration from the project, the properties and the file itself; references collected. @throws JinjaError */
export function parseSqlNode(
  state: ParseState,
  properties: ProjectProperties,
  file: ProjectTextFile,
  kind: 'model' | 'test' | 'analysis',
): DraftNode {
  const { paths } = state.file;
  const folders = { model: paths.models, test: paths.tests, analysis: paths.analyses }[kind];
  const relative = pathBelow(file.path, folders) ?? file.path;
  const stem = stemOf(file.path);
  const versioned = kind === 'model' ? versionedBy(properties, stem) : null;
  if (versioned !== null) return versionNode(state, versioned, { file, relative });
  const described = properties.nodes.get(`${kind} ${stem}`);
  // Analyses lie below `analysis/` in the names that selectors go by.
  const fqn = fqnOf(state.file.name, kind === 'analysis' ? `analysis/${relative}` : relative, stem);
  return sqlDraft(state, { kind, name: stem, relative, file, fqn, described: partsOf(described), patch: described });
}

interface SqlDraft {
  readonly kind: NodeType;
  readonly name: string;
  readonly relative: string;
  readonly file: ProjectTextFile;
  readonly fqn: readonly string[];
  readonly described: DescribedParts;
  readonly patch: DescribedNode | undefined;
  readonly uniqueId?: string;
  readonly line?: number;
  readonly version?: { readonly version: ModelVersion; readonly latest: ModelVersion };
}

/** A node of a template: rendered once for what it refers to. */
export function sqlDraft(state: ParseState, options: SqlDraft): DraftNode {
  const { kind, fqn, described, file } = options;
  const layers = { kind, fqn, described: described.config };
  const draft: DraftNode = { ...draftOf(state, options, layeredConfig(state, layers)), rawCode: file.text };
  const isStatic = !file.text.includes('{{') && !file.text.includes('{%') && !file.text.includes('{#');
  if (isStatic && !hasHooks(draft.config)) return draft;
  const findings = collect(state, draft, (inFile) => layeredConfig(state, { ...layers, inFile }));
  const config = layeredConfig(state, { ...layers, inFile: findings.config });
  return { ...draft, config, tags: tagsOf(config), findings, ...foundParts(findings) };
}

function foundParts(findings: Findings): Pick<DraftNode, 'refs' | 'sources' | 'macros'> {
  return {
    refs: findings.refs,
    sources: findings.sources.map(({ sourceName, name }) => [sourceName, name] as const),
    macros: [...findings.macros],
  };
}

function hasHooks(config: NodeConfig): boolean {
  return config['pre_hook'] !== undefined || config['post_hook'] !== undefined;
}

/** Renders without a database. Hooks are rendered too: what they refer to has to be there before the node. */
function collect(state: ParseState, draft: DraftNode, configWith: (inFile: NodeConfig) => NodeConfig): Findings {
  const shown = draft.place.file;
  const template = compileTemplate(draft.rawCode, shown, draft.place.line ?? 1);
  const known = staticFindings(template, state.library, state.file.name);
  if (known !== null && !hasHooks(configWith(known.config))) return known;
  const { scope, findings } = parseScope({
    ...baseContextOf(state),
    library: state.library,
    self: { database: state.target.database, schema: state.target.schema, identifier: draft.name },
    model: () => nodeValue({ ...draft, config: configWith(findings.config) }),
  });
  template.renderSync(scope);
  const config = configWith(findings.config);
  for (const hook of [...hooksOf(config, 'pre_hook'), ...hooksOf(config, 'post_hook')]) {
    if (hook.sql.includes('{')) compileTemplate(hook.sql, `${shown} (hook)`).renderSync(scope);
  }
  return findings;
}

/** One CSV file as a node. */
export function parseSeed(state: ParseState, properties: ProjectProperties, path: string): DraftNode {
  const relative = pathBelow(path, state.file.paths.seeds) ?? path;
  const name = stemOf(path);
  const described = properties.nodes.get(`seed ${name}`);
  const parts = partsOf(described);
  const fqn = fqnOf(state.file.name, relative, name);
  const config = layeredConfig(state, { kind: 'seed', fqn, described: parts.config });
  return draftOf(
    state,
    { kind: 'seed', name, relative, file: { path, text: '' }, fqn, described: parts, patch: described },
    config,
  );
}

function draftOf(state: ParseState, options: SqlDraft, config: NodeConfig): DraftNode {
  const { kind, name, relative, file, fqn, described, patch, version } = options;
  return {
    uniqueId: options.uniqueId ?? `${kind}.${state.file.name}.${name}`,
    resourceType: kind,
    packageName: state.file.name,
    name,
    originalFilePath: file.path,
    path: relative,
    fqn,
    rawCode: '',
    config,
    tags: tagsOf(config),
    description: described.description,
    columns: described.columns,
    constraints: described.constraints,
    findings: { refs: [], sources: [] },
    place: placeOf(state, file.path, options.line),
    patchPath: patch === undefined ? null : `${state.file.name}://${patch.file}`,
    version: version?.version ?? null,
    latestVersion: version?.latest ?? null,
  };
}

export function partsOf(described: DescribedNode | undefined): DescribedParts {
  return {
    description: described?.description ?? '',
    columns: described?.columns ?? [],
    constraints: described?.constraints ?? [],
    config: described?.config ?? {},
  };
}

interface Versioned {
  readonly model: DescribedNode;
  readonly version: VersionProperties;
}

/** Versions by the names of the files that define them: `defined_in`, else `<model>_v<version>` or `<model>.v<version>`. */
const versionsByStem = new WeakMap<ProjectProperties, ReadonlyMap<string, Versioned>>();

function versionedBy(properties: ProjectProperties, stem: string): Versioned | null {
  let versions = versionsByStem.get(properties);
  if (versions === undefined) versionsByStem.set(properties, (versions = versionsOf(properties)));
  return versions.get(stem) ?? null;
}

/** The first that names a file wins. */
function versionsOf(properties: ProjectProperties): ReadonlyMap<string, Versioned> {
  const versions = new Map<string, Versioned>();
  for (const model of properties.nodes.values()) {
    if (model.kind !== 'model') continue;
    for (const version of model.versions) {
      const { version: number, definedIn } = version;
      const stems = definedIn === null ? [`${model.name}_v${number}`, `${model.name}.v${number}`] : [definedIn];
      for (const stem of stems) if (!versions.has(stem)) versions.set(stem, { model, version });
    }
  }
  return versions;
}

function versionNode(
  state: ParseState,
  { model, version }: Versioned,
  { file, relative }: { readonly file: ProjectTextFile; readonly relative: string },
): DraftNode {
  const latest = model.latestVersion ?? latestOf(model);
  const described: DescribedParts = {
    description: version.description ?? model.description,
    columns: version.columns ?? model.columns,
    constraints: version.constraints ?? model.constraints,
    config: { ...model.config, ...version.config },
  };
  const fqn = [...fqnOf(state.file.name, relative, model.name), `v${version.version}`];
  return sqlDraft(state, {
    kind: 'model',
    name: model.name,
    relative,
    file,
    fqn,
    described,
    patch: model,
    uniqueId: `model.${state.file.name}.${model.name}.v${version.version}`,
    version: { version: version.version, latest },
  });
}

/** The greatest, as numbers where all are numbers. */
export function latestOf(model: DescribedNode): ModelVersion {
  const versions = model.versions.map(({ version }) => version);
  const areNumbers = versions.every((version) => !Number.isNaN(Number(version)));
  const sorted = versions.toSorted((a, b) => (areNumbers ? Number(a) - Number(b) : String(a) < String(b) ? -1 : 1));
  const latest = sorted.at(-1);
  if (latest === undefined) throw new ProjectError(`the model "${model.name}" has no versions`, model.place);
  return latest;
}

export function tagsOf(config: NodeConfig): readonly string[] {
  return [...new Set(listOf(config['tags']).map(String))];
}
