import { readQueryComment, type QueryComment } from './query-comment.ts';
import { display } from './display.ts';
import { isRecord, type YamlCursor } from './yaml-cursor.ts';

/** What dbt_project.yml says, with dbt's defaults filled in. */
export interface ProjectFile {
  readonly name: string;
  /** The entry of profiles.yml, null when the file names none. */
  readonly profile: string | null;
  readonly paths: ResourcePaths;
  readonly targetPath: string;
  /** The configuration trees, one a resource type. */
  readonly models: unknown;
  readonly seeds: unknown;
  readonly tests: unknown;
  readonly sources: unknown;
  readonly snapshots: unknown;
  readonly unitTests: unknown;
  readonly exposures: unknown;
  readonly analyses: unknown;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly onRunStart: readonly string[];
  readonly onRunEnd: readonly string[];
  /** Search order of `adapter.dispatch`, one entry a macro namespace. */
  readonly dispatch: readonly DispatchOrder[];
  readonly quoting: Quoting;
  /** Behaviour flags. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** What `clean` removes. */
  readonly cleanTargets: readonly string[];
  readonly packagesInstallPath: string;
  readonly version: string | null;
  /** What is put in front of each statement, as written; null for dbt's comment. */
  /** What stands in front of every statement; null: nothing. */
  readonly queryComment: QueryComment | null;
  /** Keys that this reader does not use; reported, never fatal. */
  readonly unused: readonly string[];
}

export interface ResourcePaths {
  readonly models: readonly string[];
  readonly seeds: readonly string[];
  readonly tests: readonly string[];
  readonly macros: readonly string[];
  readonly snapshots: readonly string[];
  readonly analyses: readonly string[];
  /** Where Markdown with docs blocks lies besides. */
  readonly docs: readonly string[];
}

/** Which parts of names are put in quotes; all where nothing is said. */
export interface Quoting {
  readonly database: boolean;
  readonly schema: boolean;
  readonly identifier: boolean;
}

export interface DispatchOrder {
  readonly macroNamespace: string;
  readonly searchOrder: readonly string[];
}

/** Renders one text of a YAML file that holds Jinja to a native value. */
export type RenderText = (text: string, cursor: YamlCursor) => unknown;

const NAME = /^[A-Za-z_]\w*$/u;
const HOOK_KEYS = new Set(['pre-hook', 'post-hook', 'pre_hook', 'post_hook']);
const TREES = ['models', 'seeds', 'tests', 'data_tests', 'sources', 'snapshots', 'unit_tests', 'exposures', 'analyses'];
const NOT_RENDERED = new Set(['on-run-start', 'on-run-end', 'query-comment', 'vars']);
const KNOWN_UNUSED = new Set([
  'config-version',
  'require-dbt-version',
  'asset-paths',
  'log-path',
  'metrics',
  'semantic-models',
  'saved-queries',
  'dbt-cloud',
  'restrict-access',
]);
const READ = new Set([
  'name',
  'profile',
  'model-paths',
  'seed-paths',
  'test-paths',
  'macro-paths',
  'target-path',
  'models',
  'seeds',
  'tests',
  'data_tests',
  'sources',
  'snapshots',
  'unit_tests',
  'exposures',
  'analyses',
  'version',
  'snapshot-paths',
  'analysis-paths',
  'docs-paths',
  'quoting',
  'flags',
  'clean-targets',
  'packages-install-path',
  'query-comment',
  'vars',
  'on-run-start',
  'on-run-end',
  'dispatch',
]);

/**
 * Reads dbt_project.yml.
 *
 * @param render called for each text with Jinja, except `vars` and hooks, which are rendered when they are used.
 * @throws ProjectError with file and line on a missing name or a value of the wrong kind.
 */
export function readProjectFile(root: YamlCursor, render: RenderText): ProjectFile {
  if (!isRecord(root.value)) root.fail('a mapping with at least "name"');
  const name = root.get('name').isMissing ? root.get('name').fail('the name of the project') : root.get('name').text();
  if (!NAME.test(name)) root.get('name').fail('letters, digits and underscores, not starting with a digit');
  const tree = (key: string): unknown => renderTree(root.get(key), render, [key]);
  return {
    name,
    profile: root.get('profile').optionalText() ?? null,
    paths: {
      models: pathsOf(root, 'model-paths', 'models'),
      seeds: pathsOf(root, 'seed-paths', 'seeds'),
      tests: pathsOf(root, 'test-paths', 'tests'),
      macros: pathsOf(root, 'macro-paths', 'macros'),
      snapshots: pathsOf(root, 'snapshot-paths', 'snapshots'),
      analyses: pathsOf(root, 'analysis-paths', 'analyses'),
      docs: root.get('docs-paths').texts(),
    },
    targetPath: root.get('target-path').optionalText() ?? 'target',
    models: tree('models'),
    seeds: tree('seeds'),
    tests: root.get('data_tests').isMissing ? tree('tests') : tree('data_tests'),
    sources: tree('sources'),
    snapshots: tree('snapshots'),
    unitTests: tree('unit_tests'),
    exposures: tree('exposures'),
    analyses: tree('analyses'),
    vars: root.get('vars').record(),
    onRunStart: root.get('on-run-start').texts(),
    onRunEnd: root.get('on-run-end').texts(),
    dispatch: root
      .get('dispatch')
      .items()
      .map((item) => ({
        macroNamespace: item.get('macro_namespace').text(),
        searchOrder: item.get('search_order').texts(),
      })),
    quoting: quotingOf(root.get('quoting')),
    flags: root.get('flags').record(),
    cleanTargets: root.get('clean-targets').isMissing ? ['target'] : root.get('clean-targets').texts(),
    packagesInstallPath: root.get('packages-install-path').isMissing
      ? 'dbt_packages'
      : display(renderTree(root.get('packages-install-path'), render)),
    version: root.get('version').optionalText() ?? null,
    queryComment: readQueryComment(root.get('query-comment')),
    unused: Object.keys(root.record()).filter((key) => !READ.has(key) && !KNOWN_UNUSED.has(key)),
  };
}

function quotingOf(cursor: YamlCursor): Quoting {
  const of = (key: string): boolean => cursor.get(key).optionalBoolean() ?? true;
  return { database: of('database'), schema: of('schema'), identifier: of('identifier') };
}

function pathsOf(root: YamlCursor, key: string, byDefault: string): readonly string[] {
  const given = root.get(key).texts();
  return (given.length === 0 ? [byDefault] : given).map((path) => path.replace(/^\.\//u, '').replace(/\/+$/u, ''));
}

/** The value below `cursor` with each Jinja text rendered; hooks are left for the moment they run. */
export function renderTree(cursor: YamlCursor, render: RenderText, path: readonly string[] = []): unknown {
  const { value } = cursor;
  const first = path[0] ?? '';
  if (NOT_RENDERED.has(first)) return value;
  if (TREES.includes(first) && path.some((key) => HOOK_KEYS.has(key.replace(/^\+\s*/u, '')))) return value;
  if (typeof value === 'string') return hasJinja(value) ? render(value, cursor) : value;
  if (Array.isArray(value))
    return value.map((_, index) => renderTree(cursor.get(index), render, [...path, String(index)]));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value).map((key) => [key, renderTree(cursor.get(key), render, [...path, key])]),
  );
}

export function hasJinja(text: string): boolean {
  return text.includes('{{') || text.includes('{%') || text.includes('{#');
}
