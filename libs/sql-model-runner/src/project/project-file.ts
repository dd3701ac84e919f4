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
  readonly vars: Readonly<Record<string, unknown>>;
  readonly onRunStart: readonly string[];
  readonly onRunEnd: readonly string[];
  /** Search order of `adapter.dispatch`, one entry a macro namespace. */
  readonly dispatch: readonly DispatchOrder[];
  /** Keys that this reader does not use; reported, never fatal. */
  readonly unused: readonly string[];
}

export interface ResourcePaths {
  readonly models: readonly string[];
  readonly seeds: readonly string[];
  readonly tests: readonly string[];
  readonly macros: readonly string[];
}

export interface DispatchOrder {
  readonly macroNamespace: string;
  readonly searchOrder: readonly string[];
}

/** Renders one text of a YAML file that holds Jinja to a native value. */
export type RenderText = (text: string, cursor: YamlCursor) => unknown;

const NAME = /^[A-Za-z_]\w*$/u;
const HOOK_KEYS = new Set(['pre-hook', 'post-hook', 'pre_hook', 'post_hook']);
const TREES = ['models', 'seeds', 'tests', 'data_tests', 'sources', 'snapshots'];
const NOT_RENDERED = new Set(['on-run-start', 'on-run-end', 'query-comment', 'vars']);
const KNOWN_UNUSED = new Set([
  'version',
  'config-version',
  'require-dbt-version',
  'asset-paths',
  'docs-paths',
  'clean-targets',
  'packages-install-path',
  'log-path',
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
    },
    targetPath: root.get('target-path').optionalText() ?? 'target',
    models: tree('models'),
    seeds: tree('seeds'),
    tests: root.get('data_tests').isMissing ? tree('tests') : tree('data_tests'),
    sources: tree('sources'),
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
    unused: Object.keys(root.record()).filter((key) => !READ.has(key) && !KNOWN_UNUSED.has(key)),
  };
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
