import { ProjectError } from '../errors.ts';
import { listOf, type NodeConfig } from '../project/config.ts';
import type { TestMetadata } from '../project/project.ts';
import type { TestEntry } from '../project/properties.ts';
import { isRecord } from '../project/yaml-cursor.ts';
import { testNames } from './test-name.ts';

/** A generic test as its YAML entry defines it. */
export interface GenericTest {
  readonly metadata: TestMetadata;
  readonly fullName: string;
  readonly shortName: string;
  readonly description: string;
  readonly config: NodeConfig;
  readonly tags: readonly string[];
}

/** Keys beside the arguments that are configuration, as dbt takes them there too. */
const CONFIG_KEYS = [
  'severity',
  'tags',
  'enabled',
  'where',
  'limit',
  'warn_if',
  'error_if',
  'fail_calc',
  'store_failures',
  'store_failures_as',
  'sql_header',
  'meta',
  'database',
  'schema',
  'alias',
];

/**
 * Reads one entry of `data_tests:`.
 *
 * @param target what is tested: its name as it goes into the test's name, and the Jinja that names it (`ref('a')`).
 * @throws ProjectError with the entry's place.
 */
export function readGenericTest(
  entry: TestEntry,
  target: { readonly name: string; readonly reference: string; readonly isSource: boolean },
): GenericTest {
  const match = /^(?:(?<namespace>[A-Za-z_]\w*)\.)?(?<name>[A-Za-z_]\w*)$/u.exec(entry.test);
  if (!match?.groups)
    throw new ProjectError(
      `"${entry.test}" is no name of a test; expected e.g. unique, or package.my_test`,
      entry.place,
    );
  const namespace = match.groups['namespace'] ?? null;
  const name = match.groups['name'] ?? '';
  const { config: inner, arguments: nested, description, name: ownName, ...rest } = entry.definition;
  if (inner !== undefined && inner !== null && !isRecord(inner)) {
    throw new ProjectError(
      `"config" of the test "${entry.test}" is no mapping; expected e.g. {severity: warn}`,
      entry.place,
    );
  }
  const config: Record<string, unknown> = {};
  const args: Record<string, unknown> = {};
  for (const [key, value] of Object.entries({ ...rest, ...(isRecord(nested) ? nested : {}) })) {
    if (CONFIG_KEYS.includes(key)) config[key] = value;
    else args[key] = value;
  }
  if ('model' in args)
    throw new ProjectError(
      `the test "${entry.test}" has an argument "model"; dbt keeps that name for what is tested`,
      entry.place,
    );
  if (entry.columnName !== null) args['column_name'] = entry.columnName;
  Object.assign(config, inner);
  const type = `${namespace === null ? '' : `${namespace}_`}${target.isSource ? 'source_' : ''}${name}`;
  const named = typeof ownName === 'string' ? { full: ownName, short: ownName } : testNames(type, target.name, args);
  const kwargs = { ...args, model: `{{ get_where_subquery(${target.reference}) }}` };
  const tags = [...new Set([...entry.columnTags, ...listOf(config['tags']).map(String)])].toSorted();
  return {
    metadata: { namespace, name, kwargs },
    fullName: named.full,
    shortName: named.short,
    description: typeof description === 'string' ? description : '',
    config: named.full === named.short ? config : { alias: named.short, ...config },
    tags,
  };
}
