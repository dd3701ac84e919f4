import { ProjectError } from '../errors.ts';
import { mergeConfig, normalizeConfigKeys, type NodeConfig } from './config.ts';
import { display } from './display.ts';
import { hasJinja, renderTree, type RenderText } from './project-file.ts';
import type {
  ColumnProperties,
  ConstraintProperties,
  DescribedKind,
  NodeProperties,
  PropertyRenderers,
  TestEntry,
  VersionProperties,
} from './properties.ts';
import { isRecord, type YamlCursor } from './yaml-cursor.ts';

/** Keys on a node that are configuration written outside `config:`. */
const CONFIG_SHORTHANDS = ['tags', 'meta', 'docs', 'group', 'access', 'event_time', 'enabled'] as const;

/** Reads one entry of `models:`, `seeds:`, `snapshots:`, … @throws ProjectError with file and line. */
export function readNodeProperties(kind: DescribedKind, item: YamlCursor, render: PropertyRenderers): NodeProperties {
  const columns = columnsOf(item, render);
  const tests = testsOf(item);
  return {
    kind,
    name: nameOf(item),
    description: descriptionOf(item, render),
    config: configOf(item, render.value),
    columns,
    constraints: constraintsOf(item),
    tests,
    latestVersion: versionOf(item.get('latest_version')),
    versions:
      kind === 'model'
        ? item
            .get('versions')
            .items()
            .map((version) => readVersion(version, item, render))
        : [],
    relation: kind === 'snapshot' ? (item.get('relation').optionalText() ?? null) : null,
    place: item.place,
  };
}

function versionOf(cursor: YamlCursor): string | number | null {
  const { value } = cursor;
  if (value === undefined || value === null) return null;
  return typeof value === 'number' || typeof value === 'string' ? value : cursor.fail('a number or a text');
}

function readVersion(item: YamlCursor, model: YamlCursor, render: PropertyRenderers): VersionProperties {
  const version = versionOf(item.get('v')) ?? item.get('v').fail('the number of the version');
  const hasColumns = !item.get('columns').isMissing;
  const hasTests = !item.get('data_tests').isMissing || !item.get('tests').isMissing;
  const own = item.get('columns').items();
  const selection = own.find((column) => !column.get('include').isMissing || !column.get('exclude').isMissing);
  const chosen = selection === undefined ? chosenColumns(model, 'all', []) : chosenBy(model, selection);
  const named = own.filter((column) => column !== selection);
  const names = new Set(named.map((column) => column.get('name').value));
  const kept = chosen.filter((column) => !names.has(column.get('name').value));
  const columns = hasColumns ? [...kept, ...named] : model.get('columns').items();
  return {
    version,
    definedIn: item.get('defined_in').optionalText() ?? null,
    description: item.get('description').isMissing ? null : descriptionOf(item, render),
    config: configOf(item, render.value),
    columns: columns.map((column) => readColumn(column, render)),
    constraints: item.get('constraints').isMissing ? null : constraintsOf(item),
    tests: [
      ...columns.flatMap(testsOfColumn),
      ...(hasTests ? testList(item) : testList(model)).map((entry) => testEntry(entry, null, [])),
    ],
  };
}

function chosenBy(model: YamlCursor, selection: YamlCursor): readonly YamlCursor[] {
  const include = selection.get('include');
  const wanted = typeof include.value === 'string' ? include.value : include.texts();
  return chosenColumns(model, include.isMissing ? 'all' : wanted, selection.get('exclude').texts());
}

function chosenColumns(
  model: YamlCursor,
  include: string | readonly string[],
  exclude: readonly string[],
): readonly YamlCursor[] {
  const isIn = (name: unknown): boolean =>
    typeof name === 'string' &&
    (include === 'all' || include === '*' || include.includes(name)) &&
    !exclude.includes(name);
  return model
    .get('columns')
    .items()
    .filter((column) => isIn(column.get('name').value));
}

/** The name of an entry. @throws ProjectError when it has none. */
export function nameOf(item: YamlCursor): string {
  if (!isRecord(item.value)) item.fail('a mapping that starts with "name:"');
  const name = item.get('name');
  if (typeof name.value === 'string') return name.value;
  return name.fail(name.isMissing ? 'the name' : 'the name as a text; put it in quotes');
}

export function descriptionOf(item: YamlCursor, render: PropertyRenderers): string {
  const description = item.get('description');
  const text = description.optionalText() ?? '';
  return hasJinja(text) ? display(render.description(text, description)) : text;
}

/** `config:` with what may stand beside it. */
export function configOf(item: YamlCursor, render: RenderText): NodeConfig {
  const config = normalizeConfigKeys(renderHooksLater(item.get('config'), render));
  const shorthands: Record<string, unknown> = {};
  for (const key of CONFIG_SHORTHANDS) {
    if (!item.get(key).isMissing) shorthands[key] = renderTree(item.get(key), render);
  }
  return mergeConfig(shorthands, config);
}

function renderHooksLater(config: YamlCursor, render: RenderText): NodeConfig {
  if (config.isMissing) return {};
  if (!isRecord(config.value)) config.fail('a mapping (key: value)');
  return renderTree(config, render, ['models']) as NodeConfig;
}

export function columnsOf(item: YamlCursor, render: PropertyRenderers): readonly ColumnProperties[] {
  return item
    .get('columns')
    .items()
    .map((column) => readColumn(column, render));
}

function readColumn(column: YamlCursor, render: PropertyRenderers): ColumnProperties {
  const dataType = column.get('data_type');
  return {
    name: nameOf(column),
    description: descriptionOf(column, render),
    dataType: dataType.isMissing ? null : display(renderTree(dataType, render.value)),
    quote: column.get('quote').optionalBoolean() ?? null,
    tags: [...new Set([...column.get('tags').texts(), ...column.get('config').get('tags').texts()])],
    meta: { ...column.get('meta').record(), ...column.get('config').get('meta').record() },
    constraints: constraintsOf(column),
  };
}

function constraintsOf(item: YamlCursor): readonly ConstraintProperties[] {
  return item
    .get('constraints')
    .items()
    .map((constraint) => ({
      type: constraint.get('type').text(),
      name: constraint.get('name').optionalText() ?? null,
      expression: constraint.get('expression').optionalText() ?? null,
      columns: constraint.get('columns').texts(),
      to: constraint.get('to').optionalText() ?? null,
      toColumns: constraint.get('to_columns').texts(),
    }));
}

export function testsOf(item: YamlCursor): readonly TestEntry[] {
  const own = testList(item).map((entry) => testEntry(entry, null, []));
  return [...item.get('columns').items().flatMap(testsOfColumn), ...own];
}

function testsOfColumn(column: YamlCursor): readonly TestEntry[] {
  const name = column.get('quote').optionalBoolean() ? `"${nameOf(column)}"` : nameOf(column);
  const tags = [...column.get('tags').texts(), ...column.get('config').get('tags').texts()];
  return testList(column).map((entry) => testEntry(entry, name, tags));
}

function testList(item: YamlCursor): readonly YamlCursor[] {
  const [current, former] = [item.get('data_tests'), item.get('tests')];
  if (!current.isMissing && !former.isMissing) former.fail('either "data_tests" or "tests", not both');
  return (current.isMissing ? former : current).items();
}

function testEntry(entry: YamlCursor, columnName: string | null, columnTags: readonly string[]): TestEntry {
  const rest = { columnName, columnTags, place: entry.place };
  if (typeof entry.value === 'string') return { test: entry.value, definition: {}, ...rest };
  if (!isRecord(entry.value)) entry.fail('the name of a test, or a mapping such as "accepted_values: {values: […]}"');
  const { test_name: named, ...others } = entry.value;
  if (typeof named === 'string') {
    return { test: named, definition: others, ...rest };
  }
  const names = Object.keys(entry.value);
  const [test] = names;
  if (test === undefined || names.length !== 1) {
    throw new ProjectError(
      `a test has ${names.length} keys (${names.join(', ')}); expected one, the name of the test, with its arguments indented below it`,
      entry.place,
    );
  }
  return { test, definition: entry.get(test).record(), ...rest };
}
