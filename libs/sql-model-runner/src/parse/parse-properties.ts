import { BUILTIN_PACKAGE, MacroLibrary } from '../compile/macro-library.ts';
import { baseNames, type BaseContext } from '../compile/base-context.ts';
import { textOf } from '../compile/call-arguments.ts';
import { fn, NodeScope } from '../compile/node-scope.ts';
import { compileTemplate, renderNative, toHost } from '../compile/template-engine.ts';
import { formatPlace, ModelRunnerError, ProjectError } from '../errors.ts';
import { suggestion } from '../project/suggestion.ts';
import { configLevels, listOf, mergeConfig } from '../project/config.ts';
import type { RenderText } from '../project/project-file.ts';
import type { SourceNode } from '../project/project.ts';
import {
  readProperties,
  type NodeProperties,
  type PropertyRenderers,
  type SourceProperties,
} from '../project/properties.ts';
import { parseYaml } from '../project/yaml-cursor.ts';
import { parseDocs } from './parse-docs.ts';
import { baseContextOf, type ParseState, type ProjectProperties } from './parse-state.ts';
import { fqnOf, pathBelow } from './paths.ts';

/** Renders texts of YAML files, which see variables and the target but no macros. */
export function yamlRenderer(context: BaseContext): RenderText {
  const scope = new NodeScope(new MacroLibrary(BUILTIN_PACKAGE, []), baseNames(context), false);
  return (text, cursor) => toHost(renderNative(text, scope, cursor.file, cursor.place.line ?? 1));
}

/** Renders descriptions: as text, with `doc()` besides. */
function descriptionRenderer(context: BaseContext, docs: ReadonlyMap<string, string>): RenderText {
  const doc = fn('doc', ({ positional }) => {
    const name = textOf(positional.at(-1));
    const text = docs.get(name);
    if (text !== undefined) return text;
    const hint = suggestion(name, docs.keys());
    throw new ModelRunnerError(
      `doc('${name}') names no docs block${hint === '' ? '; expected {% docs … %} in a Markdown file' : hint}`,
      'terminal',
    );
  });
  const scope = new NodeScope(new MacroLibrary(BUILTIN_PACKAGE, []), { ...baseNames(context), doc: () => doc }, false);
  return (text, cursor) => compileTemplate(text, cursor.file, cursor.place.line ?? 1).renderSync(scope);
}

/** Reads every properties file of the project. @throws ProjectError, also when two files describe the same thing. */
export function parseProperties(state: ParseState): ProjectProperties {
  const context = baseContextOf(state);
  const docs = parseDocs(state.files.texts.filter(({ path }) => path.endsWith('.md')));
  const render: PropertyRenderers = { value: yamlRenderer(context), description: descriptionRenderer(context, docs) };
  const nodes = new Map<string, NodeProperties>();
  const sources = new Map<string, SourceNode>();
  for (const file of state.files.texts.filter(({ path }) => /\.ya?ml$/u.test(path))) {
    const properties = readProperties(parseYaml(file.path, file.text), render);
    for (const node of properties.nodes) addOnce(nodes, `${node.kind} ${node.name}`, node, (other) => other.place);
    for (const source of properties.sources) {
      const made = makeSource(state, file.path, source);
      if (made.config['enabled'] !== false) addOnce(sources, made.uniqueId, made, (other) => other.place);
    }
    for (const kind of properties.passedOver) state.warnings.push(`${file.path}: "${kind}" is passed over`);
  }
  return { nodes, sources };
}

function addOnce<T extends NodeProperties | SourceNode>(
  map: Map<string, T>,
  key: string,
  value: T,
  placeOf: (value: T) => T['place'],
): void {
  const other = map.get(key);
  if (other)
    throw new ProjectError(
      `"${value.name}" is described a second time; the first is at ${formatPlace(placeOf(other))}; keep one`,
      value.place,
    );
  map.set(key, value);
}

function makeSource(state: ParseState, file: string, source: SourceProperties): SourceNode {
  const { name: project, paths, sources: tree } = state.file;
  const relative = pathBelow(file, [...paths.models, ...paths.seeds, ...paths.tests, ...paths.macros]) ?? file;
  const fqn = [...fqnOf(project, relative, source.sourceName), source.name];
  const config = [...configLevels(tree, fqn), source.config].reduce(mergeConfig, {});
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
    properties: source,
    place: source.place,
  };
}
