import { listOf, mergeConfig, type NodeConfig } from './config.ts';
import { display } from './display.ts';
import { renderTree, type RenderText } from './project-file.ts';
import type { PropertyRenderers, SourceProperties, SourceQuoting } from './properties.ts';
import { columnsOf, configOf, descriptionOf, nameOf, testsOf } from './read-node-properties.ts';
import { isRecord, type YamlCursor } from './yaml-cursor.ts';

/** Reads one entry of `sources:`, a table each. @throws ProjectError with file and line. */
export function readSource(source: YamlCursor, renderers: PropertyRenderers): readonly SourceProperties[] {
  const sourceName = nameOf(source);
  const render = renderers.value;
  const rendered = (cursor: YamlCursor): string | undefined => {
    const value = renderTree(cursor, render);
    return value === undefined || value === null ? undefined : display(value);
  };
  const config = configOf(source, render);
  return source
    .get('tables')
    .items()
    .map((table) => {
      const name = nameOf(table);
      const either = (key: string): string | null =>
        rendered(settingOf(table, key)) ?? rendered(settingOf(source, key)) ?? null;
      return {
        sourceName,
        name,
        identifier: rendered(table.get('identifier')) ?? name,
        database: rendered(source.get('database')) ?? null,
        schema: rendered(source.get('schema')) ?? sourceName,
        description: descriptionOf(table, renderers),
        sourceDescription: descriptionOf(source, renderers),
        loader: table.get('loader').optionalText() ?? source.get('loader').optionalText() ?? '',
        config: mergeSourceConfig(config, configOf(table, render)),
        freshness: freshnessOf(source, table, render),
        loadedAtField: either('loaded_at_field'),
        loadedAtQuery: either('loaded_at_query'),
        quoting: quotingOf(source, table),
        columns: columnsOf(table, renderers),
        tests: testsOf(table),
        place: table.place,
      };
    });
}

/** Which parts of the name are quoted: the table's word before the source's. */
function quotingOf(source: YamlCursor, table: YamlCursor): SourceQuoting {
  const either = (part: keyof SourceQuoting): boolean | null =>
    table.get('quoting').get(part).optionalBoolean() ?? source.get('quoting').get(part).optionalBoolean() ?? null;
  return { database: either('database'), schema: either('schema'), identifier: either('identifier') };
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
  const merged = { ...recordOf(general, render), ...recordOf(own, render) };
  return merged;
}

function recordOf(cursor: YamlCursor, render: RenderText): Readonly<Record<string, unknown>> {
  if (cursor.isMissing) return {};
  if (!isRecord(cursor.value)) cursor.fail('a mapping such as {warn_after: {count: 12, period: hour}}');
  return renderTree(cursor, render) as Readonly<Record<string, unknown>>;
}

function mergeSourceConfig(source: NodeConfig, table: NodeConfig): NodeConfig {
  const tags = [...new Set([...listOf(source['tags']), ...listOf(table['tags'])])];
  return { ...mergeConfig(source, table), ...(tags.length > 0 ? { tags } : {}) };
}
