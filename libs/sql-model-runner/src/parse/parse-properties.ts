import { BUILTIN_PACKAGE, MacroLibrary } from '../compile/macro-library.ts';
import { baseNames, type BaseContext } from '../compile/base-context.ts';
import { textOf } from '../compile/call-arguments.ts';
import { fn, NodeScope } from '../compile/node-scope.ts';
import { compileTemplate, renderNative, toHost } from '../compile/template-engine.ts';
import { formatPlace, ModelRunnerError, ProjectError, type SourcePlace } from '../errors.ts';
import { suggestion } from '../project/suggestion.ts';
import { configLevels, listOf, mergeConfig } from '../project/config.ts';
import type { RenderText } from '../project/project-file.ts';
import type { DocsBlock, SourceNode } from '../project/project.ts';
import {
  readProperties,
  type ExposureProperties,
  type GroupProperties,
  type PropertyRenderers,
  type SourceProperties,
  type UnitTestProperties,
} from '../project/properties.ts';
import { isRecord, parseYaml } from '../project/yaml-cursor.ts';
import {
  baseContextOf,
  type DescribedNode,
  type Located,
  type ParseState,
  type ProjectProperties,
} from './parse-state.ts';
import { fqnOf, pathBelow } from './paths.ts';

/** Renders texts of YAML files, which see variables and the target but no macros. */
export function yamlRenderer(context: BaseContext): RenderText {
  const scope = new NodeScope(new MacroLibrary(BUILTIN_PACKAGE, []), baseNames(context), false);
  return (text, cursor) => toHost(renderNative(text, scope, cursor.file, cursor.place.line ?? 1));
}

/** Renders descriptions: as text, with `doc()` besides. */
function descriptionRenderer(context: BaseContext, docs: ReadonlyMap<string, DocsBlock>): RenderText {
  const doc = fn('doc', ({ positional }) => {
    const [first = '', second] = positional.map(textOf);
    const packages = second === undefined ? [context.packageName, context.projectName] : [first];
    const name = second ?? first;
    const found = packages
      .map((packageName) => docs.get(`${packageName}.${name}`))
      .find((block) => block !== undefined);
    const anywhere =
      found ?? (second === undefined ? [...docs.values()].find((block) => block.name === name) : undefined);
    if (anywhere !== undefined) return anywhere.text;
    const hint = suggestion(
      name,
      [...docs.values()].map((block) => block.name),
    );
    throw new ModelRunnerError(
      `doc('${name}') names no docs block${hint === '' ? '; expected {% docs … %} in a Markdown file' : hint}`,
      'terminal',
    );
  });
  const scope = new NodeScope(new MacroLibrary(BUILTIN_PACKAGE, []), { ...baseNames(context), doc: () => doc }, false);
  return (text, cursor) => compileTemplate(text, cursor.file, cursor.place.line ?? 1).renderSync(scope);
}

/** Reads every properties file of a package. @throws ProjectError, also when two files describe the same thing. */
export function parseProperties(state: ParseState): ProjectProperties {
  const context = baseContextOf(state);
  const render: PropertyRenderers = {
    value: yamlRenderer(context),
    description: descriptionRenderer(context, state.docs),
  };
  const nodes = new Map<string, DescribedNode>();
  const sources = new Map<string, SourceNode>();
  const exposures: Located<ExposureProperties>[] = [];
  const groups: GroupProperties[] = [];
  const unitTests: Located<UnitTestProperties>[] = [];
  const { prefix } = state.files;
  for (const { path, text } of state.files.texts.filter((file) => /\.ya?ml$/u.test(file.path))) {
    const found = readProperties(parseYaml(`${prefix}${path}`, text), render);
    for (const node of found.nodes)
      addOnce(nodes, `${node.kind} ${node.name}`, { ...node, file: path }, (other) => other.place);
    for (const source of found.sources) {
      const made = makeSource(state, path, source);
      if (made.config['enabled'] !== false) addOnce(sources, made.uniqueId, made, (other) => other.place);
    }
    exposures.push(...found.exposures.map((properties) => ({ file: path, properties })));
    groups.push(...found.groups.map((group) => ({ ...group, packageName: state.file.name })));
    unitTests.push(...found.unitTests.map((properties) => ({ file: path, properties })));
    for (const kind of found.passedOver) state.warnings.push(`${prefix}${path}: "${kind}" is passed over`);
  }
  return { nodes, sources, exposures, groups, unitTests };
}

function addOnce<T extends { readonly name: string; readonly place: SourcePlace }>(
  map: Map<string, T>,
  key: string,
  value: T,
  placeOfValue: (value: T) => SourcePlace,
): void {
  const other = map.get(key);
  if (other)
    throw new ProjectError(
      `"${value.name}" is described a second time; the first is at ${formatPlace(placeOfValue(other))}; keep one`,
      value.place,
    );
  map.set(key, value);
}

function makeSource(state: ParseState, file: string, source: SourceProperties): SourceNode {
  const { name: project, paths, sources: tree } = state.file;
  const relative = pathBelow(file, Object.values(paths).flat() as readonly string[]) ?? file;
  const fqn = [...fqnOf(project, relative, source.sourceName), source.name];
  const ofRoot = state.file === state.root ? [] : configLevels(state.root.sources, fqn);
  const config = [...configLevels(tree, fqn), source.config, ...ofRoot].reduce(mergeConfig, {});
  const setting = (key: string): unknown => config[key];
  const freshness = source.freshness ?? (isRecord(setting('freshness')) ? setting('freshness') : null);
  const loadedAtField = source.loadedAtField ?? setting('loaded_at_field') ?? null;
  return {
    uniqueId: `source.${project}.${source.sourceName}.${source.name}`,
    resourceType: 'source',
    packageName: project,
    name: source.name,
    sourceName: source.sourceName,
    relation: {
      database: source.database ?? state.target.database,
      schema: source.schema,
      identifier: source.identifier,
    },
    originalFilePath: file,
    fqn,
    config,
    tags: listOf(config['tags']).map(String),
    description: source.description,
    columns: source.columns,
    properties: {
      ...source,
      freshness: freshness as SourceProperties['freshness'],
      loadedAtField: loadedAtField as string | null,
    },
    place: source.place,
  };
}
