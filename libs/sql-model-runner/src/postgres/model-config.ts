import { ModelRunnerError } from '../errors.ts';
import { listOf, type NodeConfig } from '../project/config.ts';
import { display } from '../project/display.ts';
import type { ProjectNode } from '../project/project.ts';
import { isRecord } from '../project/yaml-cursor.ts';
import { readPartitionBy, type PartitionBy } from './partition-config.ts';
import type { IndexConfig } from './sql.ts';

export const ON_SCHEMA_CHANGE = ['ignore', 'append_new_columns', 'sync_all_columns', 'fail'] as const;
export type OnSchemaChange = (typeof ON_SCHEMA_CHANGE)[number];

/** The values of a node's configuration that the PostgreSQL materializations use, checked. */
export interface PostgresConfig {
  readonly isUnlogged: boolean;
  readonly indexes: readonly IndexConfig[];
  readonly uniqueKey: readonly string[];
  readonly incrementalStrategy: 'append' | 'delete+insert' | 'merge' | 'microbatch';
  readonly predicates: readonly string[];
  readonly onSchemaChange: OnSchemaChange;
  readonly mergeUpdateColumns: readonly string[];
  readonly mergeExcludeColumns: readonly string[];
  readonly sqlHeader: string | null;
  /** Null: grants of the replaced relation are kept. */
  readonly grants: Readonly<Record<string, readonly string[]>> | null;
  /** Null: one plain table. */
  readonly partitionBy: PartitionBy | null;
  readonly persistsRelationDocs: boolean;
  readonly persistsColumnDocs: boolean;
}

const STRATEGIES = ['append', 'delete+insert', 'merge', 'microbatch'] as const;

interface ConfigOptions {
  /** Whether the project has macros for its own strategy of incremental models. */
  readonly definesStrategy?: boolean;
  /** Takes what is read otherwise than it is written. */
  readonly warn?: (message: string) => void;
  /** The node, where its partitions count: a table or an incremental model. */
  readonly partitioned?: Pick<ProjectNode, 'config' | 'place'> | null;
}

/** @throws ModelRunnerError naming the key, what it holds and what was expected. */
export function readPostgresConfig(config: NodeConfig, options: ConfigOptions = {}): PostgresConfig {
  const { definesStrategy = false, warn = () => undefined, partitioned = null } = options;
  const uniqueKey = texts(config, 'unique_key');
  const docs = isRecord(config['persist_docs']) ? config['persist_docs'] : {};
  const onSchemaChange = ON_SCHEMA_CHANGE.find((value) => value === config['on_schema_change']);
  const given = config['on_schema_change'];
  if (onSchemaChange === undefined && given !== undefined && given !== null)
    warn(
      `config "on_schema_change" is "${display(given)}", which counts as ignore; known are ${ON_SCHEMA_CHANGE.join(', ')}`,
    );
  return {
    isUnlogged: flag(config, 'unlogged'),
    indexes: listOf(config['indexes']).map(readIndex),
    uniqueKey,
    incrementalStrategy: strategyOf(config, uniqueKey, definesStrategy),
    predicates: [...texts(config, 'predicates'), ...texts(config, 'incremental_predicates')],
    onSchemaChange: onSchemaChange ?? 'ignore',
    mergeUpdateColumns: texts(config, 'merge_update_columns'),
    mergeExcludeColumns: texts(config, 'merge_exclude_columns'),
    sqlHeader: typeof config['sql_header'] === 'string' ? config['sql_header'] : null,
    grants: isRecord(config['grants']) ? grantsOf(config['grants']) : null,
    partitionBy: partitioned === null ? null : readPartitionBy(partitioned),
    persistsRelationDocs: docs['relation'] === true,
    persistsColumnDocs: docs['columns'] === true,
  };
}

/** A word such as 'yes' would mean something else to each of its readers, so it is none. */
function flag(config: NodeConfig, key: string): boolean {
  const value = config[key] ?? false;
  if (typeof value === 'boolean') return value;
  throw new ModelRunnerError(`config "${key}" is no boolean; expected true or false`, 'terminal');
}

function grantsOf(grants: Readonly<Record<string, unknown>>): Readonly<Record<string, readonly string[]>> | null {
  const entries = Object.entries(grants).map(
    ([privilege, grantees]) => [privilege, listOf(grantees).map(String)] as const,
  );
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

function texts(config: NodeConfig, key: string): readonly string[] {
  const value = config[key];
  if (value === undefined || value === null) return [];
  const list = listOf(value);
  if (list.every((item) => typeof item === 'string' && item.trim() !== '')) return list as readonly string[];
  throw new ModelRunnerError(
    `config "${key}" holds something else than texts; expected a text or a list of texts`,
    'terminal',
  );
}

function strategyOf(
  config: NodeConfig,
  uniqueKey: readonly string[],
  definesStrategy: boolean,
): PostgresConfig['incrementalStrategy'] {
  const given = config['incremental_strategy'];
  if (given === undefined || given === null || given === 'default')
    return uniqueKey.length > 0 ? 'delete+insert' : 'append';
  const strategy = STRATEGIES.find((known) => known === given);
  if (strategy === 'microbatch' && uniqueKey.length === 0)
    throw new ModelRunnerError('the strategy microbatch needs a "unique_key"', 'terminal');
  if (strategy !== undefined) return strategy;
  if (definesStrategy) return 'append';
  throw new ModelRunnerError(
    `config "incremental_strategy" is "${display(given)}"; expected one of ${STRATEGIES.join(', ')}`,
    'terminal',
  );
}

function readIndex(value: unknown): IndexConfig {
  const wrong = (): ModelRunnerError =>
    new ModelRunnerError(
      'config "indexes" holds an entry of another form; expected {columns: [a, b], unique: false, type: btree}',
      'terminal',
    );
  if (!isRecord(value)) throw wrong();
  const unknown = Object.keys(value).filter((key) => !['columns', 'unique', 'type'].includes(key));
  if (unknown.length > 0)
    throw new ModelRunnerError(
      `config "indexes" holds an entry with ${unknown.map((key) => `"${key}"`).join(', ')}; known are columns, unique and type`,
      'terminal',
    );
  const columns = listOf(value['columns']);
  const { unique = false, type = null } = value;
  if (columns.length === 0 || !columns.every((column) => typeof column === 'string')) throw wrong();
  if (typeof unique !== 'boolean' || (type !== null && (typeof type !== 'string' || !/^\w+$/u.test(type))))
    throw wrong();
  return { columns, unique, type };
}
