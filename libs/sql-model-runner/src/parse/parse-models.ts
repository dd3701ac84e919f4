import { hooksOf } from '../compile/hook-config.ts';
import { nodeValue } from '../compile/node-value.ts';
import { parseScope, type Findings } from '../compile/parse-context.ts';
import { compileTemplate } from '../compile/template-engine.ts';
import { configLevels, listOf, mergeConfig, type NodeConfig } from '../project/config.ts';
import type { NodeType, ProjectTextFile } from '../project/project.ts';
import type { NodeProperties } from '../project/properties.ts';
import { baseContextOf, type DraftNode, type ParseState, type ProjectProperties } from './parse-state.ts';
import { fqnOf, pathBelow, stemOf } from './paths.ts';

/** One SQL file as a node: configuration from the project, the properties and the file itself; references collected. @throws JinjaError */
export function parseSqlNode(
  state: ParseState,
  properties: ProjectProperties,
  file: ProjectTextFile,
  kind: 'model' | 'test',
): DraftNode {
  const { paths, name: project } = state.file;
  const relative = pathBelow(file.path, kind === 'model' ? paths.models : paths.tests) ?? file.path;
  const name = stemOf(file.path);
  const described = properties.nodes.get(`${kind} ${name}`);
  const draft = draftOf(state, { kind, name, relative, file: file.path, described });
  const isStatic = !file.text.includes('{{') && !file.text.includes('{%') && !file.text.includes('{#');
  const findings =
    isStatic && !hasHooks(draft.config) ? { refs: [], sources: [], config: {} } : collect(state, draft, file);
  const config = mergeConfig(draft.config, findings.config);
  return {
    ...draft,
    uniqueId: `${kind}.${project}.${name}`,
    rawCode: file.text,
    config,
    tags: tagsOf(config),
    findings,
  };
}

function hasHooks(config: NodeConfig): boolean {
  return config['pre_hook'] !== undefined || config['post_hook'] !== undefined;
}

/** Renders without a database. Hooks are rendered too: what they refer to has to be there before the node. */
function collect(state: ParseState, draft: DraftNode, file: ProjectTextFile): Findings {
  const { scope, findings } = parseScope({
    ...baseContextOf(state),
    library: state.library,
    self: { database: state.target.database, schema: state.target.schema, identifier: draft.name },
    model: () =>
      nodeValue({ ...draft, packageName: state.file.name, config: mergeConfig(draft.config, findings.config) }),
  });
  compileTemplate(file.text, file.path).renderSync(scope);
  const config = mergeConfig(draft.config, findings.config);
  for (const hook of [...hooksOf(config, 'pre_hook'), ...hooksOf(config, 'post_hook')]) {
    if (hook.sql.includes('{')) compileTemplate(hook.sql, `${file.path} (hook)`).renderSync(scope);
  }
  return findings;
}

/** One CSV file as a node. */
export function parseSeed(state: ParseState, properties: ProjectProperties, path: string): DraftNode {
  const { paths } = state.file;
  const relative = pathBelow(path, paths.seeds) ?? path;
  const name = stemOf(path);
  const described = properties.nodes.get(`seed ${name}`);
  return draftOf(state, { kind: 'seed', name, relative, file: path, described });
}

interface DraftOptions {
  readonly kind: NodeType;
  readonly name: string;
  readonly relative: string;
  readonly file: string;
  readonly described: NodeProperties | undefined;
}

function draftOf(state: ParseState, options: DraftOptions): DraftNode {
  const { kind, name, relative, file, described } = options;
  const { name: project } = state.file;
  const fqn = fqnOf(project, relative, name);
  const tree = { model: state.file.models, seed: state.file.seeds, test: state.file.tests }[kind];
  const config = [...configLevels(tree, fqn), described?.config ?? {}].reduce(mergeConfig, {});
  return {
    uniqueId: `${kind}.${project}.${name}`,
    resourceType: kind,
    name,
    originalFilePath: file,
    path: relative,
    fqn,
    rawCode: '',
    config,
    tags: tagsOf(config),
    description: described?.description ?? '',
    columns: described?.columns ?? [],
    findings: { refs: [], sources: [] },
    place: { file, line: 1 },
  };
}

export function tagsOf(config: NodeConfig): readonly string[] {
  return [...new Set(listOf(config['tags']).map(String))];
}
