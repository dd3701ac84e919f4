import { ProjectError, type SourcePlace } from '../errors.ts';
import { normalizeConfigKeys, type NodeConfig } from './config.ts';
import { hasJinja, renderTree, type RenderText } from './project-file.ts';
import { display } from './display.ts';
import { isRecord, type YamlCursor } from './yaml-cursor.ts';

/** A column as a properties file describes it. */
export interface ColumnProperties {
  readonly name: string;
  readonly description: string;
  readonly dataType: string | null;
  readonly quote: boolean | null;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, unknown>>;
}

/** One entry of a `data_tests:` list, not yet turned into a test. */
export interface TestEntry {
  /** As written, e.g. `unique` or `package.my_test`. */
  readonly test: string;
  /** What stands under it: the arguments and the configuration, as written. */
  readonly definition: Readonly<Record<string, unknown>>;
  readonly columnName: string | null;
  readonly columnTags: readonly string[];
  readonly place: SourcePlace;
}

/** What a properties file says of one model or seed. */
export interface NodeProperties {
  readonly kind: 'model' | 'seed' | 'test';
  readonly name: string;
  readonly description: string;
  readonly config: NodeConfig;
  readonly columns: readonly ColumnProperties[];
  readonly tests: readonly TestEntry[];
  readonly place: SourcePlace;
}

/** What a properties file says of one table of a source. */
export interface SourceProperties {
  readonly sourceName: string;
  readonly name: string;
  readonly identifier: string;
  readonly database: string | null;
  readonly schema: string;
  readonly description: string;
  readonly sourceDescription: string;
  readonly loader: string;
  readonly config: NodeConfig;
  /** Freshness as written on the table, else on the source; null when switched off or unset. */
  readonly freshness: Readonly<Record<string, unknown>> | null;
  readonly loadedAtField: string | null;
  readonly quoteIdentifier: boolean | null;
  readonly columns: readonly ColumnProperties[];
  readonly tests: readonly TestEntry[];
  readonly place: SourcePlace;
}

export interface PropertiesFile {
  readonly nodes: readonly NodeProperties[];
  readonly sources: readonly SourceProperties[];
  /** Top-level keys of kinds that are passed over. */
  readonly passedOver: readonly string[];
}

const KINDS = { models: 'model', seeds: 'seed', data_tests: 'test', tests: 'test' } as const;
/** Keys on a node that are configuration written outside `config:`. */
const CONFIG_SHORTHANDS = ['tags', 'meta', 'docs', 'group', 'access', 'latest_version', 'event_time'] as const;

/** How texts with Jinja become values. */
export interface PropertyRenderers {
  readonly value: RenderText;
  /** For descriptions, which may use `doc()`. */
  readonly description: RenderText;
}

/** Reads a properties file (`schema.yml`, `sources.yml`, any name). @throws ProjectError with file and line. */
export function readProperties(root: YamlCursor, render: PropertyRenderers): PropertiesFile {
  if (root.isMissing) return { nodes: [], sources: [], passedOver: [] };
  if (!isRecord(root.value)) root.fail('a mapping such as "models:"');
  const nodes: NodeProperties[] = [];
  const sources: SourceProperties[] = [];
  const passedOver: string[] = [];
  for (const [key, cursor] of root.entries()) {
    if (Object.hasOwn(KINDS, key)) {
      const kind = KINDS[key as keyof typeof KINDS];
      nodes.push(...cursor.items().map((item) => readNode(kind, item, render)));
    } else if (key === 'sources') sources.push(...cursor.items().flatMap((item) => readSource(item, render)));
    else if (key !== 'version') passedOver.push(key);
  }
  return { nodes, sources, passedOver };
}

function readNode(kind: NodeProperties['kind'], item: YamlCursor, render: PropertyRenderers): NodeProperties {
  const name = nameOf(item);
  return {
    kind,
    name,
    description: descriptionOf(item, render),
    config: configOf(item, render.value),
    columns: columnsOf(item, render),
    tests: testsOf(item),
    place: item.place,
  };
}

function readSource(source: YamlCursor, renderers: PropertyRenderers): readonly SourceProperties[] {
  const sourceName = nameOf(source);
  const render = renderers.value;
  const rendered = (cursor: YamlCursor): string | undefined => {
    const value = renderTree(cursor, render);
    return value === undefined || value === null ? undefined : display(value);
  };
  const config = configOf(source, render);
  const quoted = source.get('quoting').get('identifier').optionalBoolean();
  return source
    .get('tables')
    .items()
    .map((table) => {
      const name = nameOf(table);
      const own = configOf(table, render);
      return {
        sourceName,
        name,
        identifier: rendered(table.get('identifier')) ?? name,
        database: rendered(source.get('database')) ?? null,
        schema: rendered(source.get('schema')) ?? sourceName,
        description: descriptionOf(table, renderers),
        sourceDescription: descriptionOf(source, renderers),
        loader: table.get('loader').optionalText() ?? source.get('loader').optionalText() ?? '',
        config: mergeSourceConfig(config, own),
        freshness: freshnessOf(source, table, render),
        loadedAtField:
          rendered(settingOf(table, 'loaded_at_field')) ?? rendered(settingOf(source, 'loaded_at_field')) ?? null,
        quoteIdentifier: table.get('quoting').get('identifier').optionalBoolean() ?? quoted ?? null,
        columns: columnsOf(table, renderers),
        tests: testsOf(table),
        place: table.place,
      };
    });
}

/** `freshness` and `loaded_at_field` may stand in `config:` or beside it. */
function settingOf(cursor: YamlCursor, key: string): YamlCursor {
  const inConfig = cursor.get('config').get(key);
  return inConfig.value === undefined ? cursor.get(key) : inConfig;
}

function freshnessOf(source: YamlCursor, table: YamlCursor, render: RenderText): SourceProperties['freshness'] {
  const own = settingOf(table, 'freshness');
  if (own.value === null) return null;
  const general = settingOf(source, 'freshness');
  if (own.value === undefined && general.isMissing) return null;
  return {
    ...(renderTree(general, render) as Readonly<Record<string, unknown>> | undefined),
    ...(renderTree(own, render) as Readonly<Record<string, unknown>> | undefined),
  };
}

function mergeSourceConfig(source: NodeConfig, table: NodeConfig): NodeConfig {
  const tags = [
    ...new Set([
      ...((source['tags'] as string[] | undefined) ?? []),
      ...((table['tags'] as string[] | undefined) ?? []),
    ]),
  ];
  const meta = { ...(source['meta'] as object | undefined), ...(table['meta'] as object | undefined) };
  return {
    ...source,
    ...table,
    ...(tags.length > 0 ? { tags } : {}),
    ...(Object.keys(meta).length > 0 ? { meta } : {}),
  };
}

function nameOf(item: YamlCursor): string {
  if (!isRecord(item.value)) item.fail('a mapping that starts with "name:"');
  const name = item.get('name');
  if (typeof name.value === 'string') return name.value;
  return name.fail(name.isMissing ? 'the name' : 'the name as a text; put it in quotes');
}

function descriptionOf(item: YamlCursor, render: PropertyRenderers): string {
  const description = item.get('description');
  const text = description.optionalText() ?? '';
  return hasJinja(text) ? display(render.description(text, description)) : text;
}

function configOf(item: YamlCursor, render: RenderText): NodeConfig {
  const config = normalizeConfigKeys(renderHooksLater(item.get('config'), render));
  const shorthands: Record<string, unknown> = {};
  for (const key of CONFIG_SHORTHANDS) {
    if (!item.get(key).isMissing) shorthands[key] = renderTree(item.get(key), render);
  }
  const texts = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
  const tags = [shorthands['tags'], config['tags']].filter((value) => value !== undefined).flatMap(texts);
  return { ...shorthands, ...config, ...(tags.length > 0 ? { tags } : {}) };
}

function renderHooksLater(config: YamlCursor, render: RenderText): NodeConfig {
  if (config.isMissing) return {};
  return renderTree(config, render, ['models']) as NodeConfig;
}

function columnsOf(item: YamlCursor, render: PropertyRenderers): readonly ColumnProperties[] {
  return item
    .get('columns')
    .items()
    .map((column) => ({
      name: nameOf(column),
      description: descriptionOf(column, render),
      dataType: column.get('data_type').optionalText() ?? null,
      quote: column.get('quote').optionalBoolean() ?? null,
      tags: [...new Set([...column.get('tags').texts(), ...column.get('config').get('tags').texts()])],
      meta: { ...column.get('meta').record(), ...column.get('config').get('meta').record() },
    }));
}

function testsOf(item: YamlCursor): readonly TestEntry[] {
  const own = testList(item).map((entry) => testEntry(entry, null, []));
  const ofColumns = item
    .get('columns')
    .items()
    .flatMap((column) => {
      const name = column.get('quote').optionalBoolean() ? `"${nameOf(column)}"` : nameOf(column);
      return testList(column).map((entry) => testEntry(entry, name, column.get('tags').texts()));
    });
  return [...ofColumns, ...own];
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
