import type { Invocation } from '../compile/base-context.ts';
import type { MacroLibrary } from '../compile/macro-library.ts';
import type { Variables } from '../compile/variables.ts';
import { ProjectError } from '../errors.ts';
import { isRecord, parseYaml } from '../project/yaml-cursor.ts';
import { readProjectFile, type ProjectFile } from '../project/project-file.ts';
import type {
  DocsBlock,
  PackageFiles,
  Project,
  ProjectFiles,
  ProjectNode,
  ProjectTextFile,
  Target,
} from '../project/project.ts';
import { finishNodes } from './finish-nodes.ts';
import { parseDocs } from './parse-docs.ts';
import { parseExposures } from './parse-exposures.ts';
import { parseMacros } from './parse-macros.ts';
import { parseNodes } from './parse-nodes.ts';
import { parseProperties, yamlRenderer } from './parse-properties.ts';
import { parseUnitTests } from './parse-unit-tests.ts';
import type { DraftNode, ParseState, ProjectProperties } from './parse-state.ts';
import { pathBelow } from './paths.ts';
import { graphOf } from './project-graph.ts';
import { makeLookup, type Referable } from './resolve.ts';

export interface ParseOptions {
  readonly target: Target;
  /** Variables given for this run. */
  readonly vars: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly invocation: Invocation;
}

/** Reads dbt_project.yml alone: which folders to read, which profile to use. */
export function parseProjectFile(file: ProjectTextFile, options: ParseOptions): ProjectFile {
  const root = parseYaml(file.path, file.text);
  const name = root.get('name').value;
  const ofProject = isRecord(root.get('vars').value)
    ? (root.get('vars').value as Readonly<Record<string, unknown>>)
    : {};
  const render = yamlRenderer({
    projectName: typeof name === 'string' ? name : '',
    packageName: typeof name === 'string' ? name : '',
    target: options.target,
    variables: { given: options.vars, ofProject, environment: options.env },
    invocation: options.invocation,
    log: () => undefined,
    warn: () => undefined,
  });
  return readProjectFile(root, render);
}

/** One package while it is parsed. */
interface ParsedPackage {
  readonly state: ParseState;
  readonly properties: ProjectProperties;
  readonly drafts: readonly DraftNode[];
}

/**
 * Parses a project: nodes with their configuration, names and edges. Pure: the same files, variables and target give the same.
 *
 * @throws ProjectError or JinjaError with the place: duplicates (both files), unknown references (the nearest name), cycles (the path).
 */
export function parseProject(files: ProjectFiles, options: ParseOptions): Project {
  const file = parseProjectFile(files.projectFile, options);
  const packageFiles = [files, ...(files.packages ?? [])];
  const projectFiles = packageFiles.map((each, index) =>
    index === 0 ? file : parseProjectFile({ ...each.projectFile, path: `${each.prefix}dbt_project.yml` }, options),
  );
  const variables: Variables = {
    given: options.vars,
    ofProject: file.vars,
    ofPackages: new Map(projectFiles.slice(1).map(({ name, vars }) => [name, vars])),
    environment: options.env,
  };
  const warnings = file.unused.map((key) => `dbt_project.yml: "${key}" is passed over`);
  const docs = new Map<string, DocsBlock>();
  for (const [index, each] of packageFiles.entries()) {
    const markdown = each.texts.filter(({ path }) => path.endsWith('.md'));
    for (const [key, block] of parseDocs(projectFiles[index]?.name ?? '', each.prefix, markdown)) docs.set(key, block);
  }
  const library = libraryOf(file, packageFiles, projectFiles);
  const packages = packageFiles.map((each, index): ParsedPackage => {
    const state: ParseState = {
      file: projectFiles[index] as ProjectFile,
      files: each,
      root: file,
      target: options.target,
      variables,
      library,
      docs,
      invocation: options.invocation,
      warnings,
    };
    const properties = parseProperties(state);
    return { state, properties, drafts: parseNodes(state, properties) };
  });
  return assemble(files, packages, warnings);
}

function libraryOf(
  root: ProjectFile,
  packageFiles: readonly PackageFiles[],
  projectFiles: readonly ProjectFile[],
): MacroLibrary {
  const packages = packageFiles.map(({ texts, prefix }, index) => {
    const { name, paths } = projectFiles[index] as ProjectFile;
    const folders = [...paths.macros, ...paths.tests.map((folder) => `${folder}/generic`)];
    const files = texts.filter(({ path }) => path.endsWith('.sql') && pathBelow(path, folders) !== null);
    return { name, prefix, files };
  });
  return parseMacros(root.name, packages, root.dispatch);
}

function assemble(files: ProjectFiles, packages: readonly ParsedPackage[], warnings: readonly string[]): Project {
  const [{ state }] = packages as [ParsedPackage];
  const drafts = packages.flatMap((each) => each.drafts);
  const referable = referableOf(packages, drafts);
  const lookup = makeLookup(referable);
  const unitTests = packages.flatMap((each) => parseUnitTests(each.state, each.properties, referable, lookup));
  const stateOf = new Map(packages.map((each) => [each.state.file.name, each.state]));
  const all = [...drafts, ...unitTests];
  const { nodes, disabled } = finishNodes({ drafts: all, stateOf, referable, lookup });
  const sources = new Map(packages.flatMap(({ properties }) => [...properties.sources]));
  const exposures = packages.flatMap((each) => parseExposures(each.state, each.properties, referable, lookup));
  return {
    name: state.file.name,
    file: state.file,
    target: state.target,
    nodes,
    sources,
    graph: graphOf(nodes, sources, exposures),
    warnings,
    library: state.library,
    variables: state.variables,
    readSeed: seedReader(packages),
    lookup,
    packages: new Map(packages.map((each) => [each.state.file.name, each.state.file])),
    exposures: new Map(exposures.map((exposure) => [exposure.uniqueId, exposure])),
    groups: packages.flatMap(({ properties }) => properties.groups),
    disabled,
    docs: state.docs,
    selectorsFile: files.selectors ?? null,
  };
}

function seedReader(packages: readonly ParsedPackage[]): Project['readSeed'] {
  const readers = new Map(packages.map(({ state }) => [state.file.name, state.files]));
  return async (node: ProjectNode) => (await readers.get(node.packageName)?.readSeed(node.originalFilePath)) ?? '';
}

function referableOf(packages: readonly ParsedPackage[], drafts: readonly DraftNode[]): Referable {
  const isReferable = ({ resourceType }: DraftNode): boolean => ['model', 'seed', 'snapshot'].includes(resourceType);
  const candidates = drafts.filter(isReferable);
  const sources = packages.flatMap(({ properties }) => [...properties.sources.keys()]);
  const [{ state }] = packages as [ParsedPackage];
  if (packages.length > new Set(packages.map((each) => each.state.file.name)).size)
    throw new ProjectError('two packages have the same name', { file: 'packages.yml' });
  return {
    rootPackage: state.file.name,
    packages: new Set(packages.map((each) => each.state.file.name)),
    nodes: candidates.filter(({ config }) => config['enabled'] !== false),
    disabled: new Set(candidates.filter(({ config }) => config['enabled'] === false).map(({ name }) => name)),
    sources: new Set(sources),
  };
}
