import { createHash } from 'node:crypto';
import { hooksOf } from '../compile/hook-config.ts';
import { columnsValue, constraintValue, enforcesContract } from '../compile/node-value.ts';
import { compiledPath } from '../run/compiled-path.ts';
import { materializationOf, type ExposureNode, type ProjectNode, type SourceNode } from '../project/project.ts';
import { isRecord } from '../project/yaml-cursor.ts';
import { relationText } from './run-results.ts';

/** What dbt writes for a configuration that says nothing. */
const CONFIG_DEFAULTS = {
  enabled: true,
  alias: null,
  schema: null,
  database: null,
  tags: [],
  meta: {},
  group: null,
} as const;

const MODEL_DEFAULTS = {
  incremental_strategy: null,
  batch_size: null,
  lookback: 1,
  begin: null,
  persist_docs: {},
  quoting: {},
  column_types: {},
  full_refresh: null,
  unique_key: null,
  on_schema_change: 'ignore',
  on_configuration_change: 'apply',
  grants: {},
  packages: [],
  docs: { show: true, node_color: null },
  contract: { enforced: false, alias_types: true },
  event_time: null,
  concurrent_batches: null,
  access: 'protected',
} as const;

const TEST_DEFAULTS = {
  schema: 'dbt_test__audit',
  severity: 'ERROR',
  store_failures: null,
  store_failures_as: null,
  where: null,
  limit: null,
  fail_calc: 'count(*)',
  warn_if: '!= 0',
  error_if: '!= 0',
} as const;

export function sha256(text: string): string {
  return createHash('sha256').update(text.trim()).digest('hex');
}

/** A node in the form of dbt's manifest, version 12. */
export function manifestNode(node: ProjectNode, compiledCode: string | undefined): Readonly<Record<string, unknown>> {
  const isTest = node.resourceType === 'test';
  const { config } = node;
  return {
    ...identityOf(node),
    config: configOf(node),
    tags: [...node.tags],
    description: node.description,
    columns: columnsOf(node),
    meta: config['meta'] ?? {},
    group: config['group'] ?? null,
    docs: { show: true, node_color: null, ...(isRecord(config['docs']) ? config['docs'] : {}) },
    patch_path: node.patchPath ?? null,
    build_path: null,
    unrendered_config: plain(config),
    created_at: 0,
    relation_name: isTest || materializationOf(node) === 'ephemeral' ? null : relationText(node.relation),
    raw_code: node.rawCode,
    doc_blocks: [],
    ...(node.resourceType === 'seed' ? { root_path: null } : codeOf(node, compiledCode)),
    depends_on: {
      macros: [...(node.macros ?? [])],
      ...(node.resourceType === 'seed' ? {} : { nodes: [...node.dependsOn] }),
    },
    ...(node.resourceType === 'model' ? modelParts(node) : {}),
    ...(node.test === undefined
      ? {}
      : {
          test_metadata: { name: node.test.name, kwargs: node.test.kwargs, namespace: node.test.namespace },
          column_name: node.columnName ?? null,
          file_key_name: null,
          attached_node: node.attachedTo ?? null,
        }),
  };
}

function identityOf(node: ProjectNode): Readonly<Record<string, unknown>> {
  return {
    database: node.relation.database,
    schema: node.relation.schema,
    name: node.name,
    resource_type: node.resourceType,
    package_name: node.packageName,
    path: node.path,
    original_file_path: node.originalFilePath,
    unique_id: node.uniqueId,
    fqn: [...node.fqn],
    alias: node.alias,
    checksum: { name: 'sha256', checksum: sha256(node.rawCode) },
  };
}

function codeOf(node: ProjectNode, compiledCode: string | undefined): Readonly<Record<string, unknown>> {
  return {
    language: 'sql',
    refs: (node.refs ?? []).map(({ name, packageName, version }) => ({ name, package: packageName, version })),
    sources: (node.sources ?? []).map((source) => [...source]),
    metrics: [],
    functions: [],
    compiled_path: compiledCode === undefined ? null : `target/compiled/${compiledPath(node)}`,
    ...(compiledCode === undefined
      ? {}
      : { compiled: true, compiled_code: compiledCode, extra_ctes_injected: true, extra_ctes: [] }),
    contract: { enforced: enforcesContract(node.config), alias_types: true, checksum: contractChecksum(node) },
  };
}

/** Of names and types, sorted, as dbt makes it. */
function contractChecksum(node: ProjectNode): string | null {
  if (!enforcesContract(node.config)) return null;
  const columns = node.columns.map(({ name, dataType }) => `${name}${dataType ?? ''}`).toSorted();
  return createHash('sha256').update(columns.join('')).digest('hex');
}

function modelParts(node: ProjectNode): Readonly<Record<string, unknown>> {
  return {
    access: node.config['access'] ?? 'protected',
    constraints: (node.constraints ?? []).map(manifestConstraint),
    version: node.version ?? null,
    latest_version: node.latestVersion ?? null,
    deprecation_date: null,
    primary_key: [],
    time_spine: null,
  };
}

function manifestConstraint(
  constraint: NonNullable<ProjectNode['constraints']>[number],
): Readonly<Record<string, unknown>> {
  return constraintValue(constraint);
}

function columnsOf({ columns }: Pick<ProjectNode, 'columns'>): Readonly<Record<string, unknown>> {
  const values = columnsValue(columns) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      { ...value, config: { meta: value['meta'], tags: value['tags'] }, doc_blocks: [], granularity: null },
    ]),
  );
}

function configOf(node: ProjectNode): Readonly<Record<string, unknown>> {
  const { config, resourceType } = node;
  const materialized = resourceType === 'test' ? 'test' : materializationOf(node);
  if (resourceType === 'test') return { ...CONFIG_DEFAULTS, ...TEST_DEFAULTS, materialized, ...plain(config) };
  const hooks = (key: 'pre_hook' | 'post_hook'): readonly unknown[] =>
    hooksOf(config, key).map(({ sql, transaction }) => ({ sql, transaction, index: null }));
  const contract = { enforced: enforcesContract(config), alias_types: true };
  const { pre_hook: _, post_hook: __, ...rest } = plain(config);
  return {
    ...CONFIG_DEFAULTS,
    ...MODEL_DEFAULTS,
    ...(resourceType === 'seed' ? { delimiter: ',', quote_columns: null } : {}),
    ...rest,
    tags: [...node.tags],
    materialized,
    contract,
    'pre-hook': hooks('pre_hook'),
    'post-hook': hooks('post_hook'),
  };
}

/** What JSON can hold. */
function plain(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isPlain = (value: unknown): boolean =>
    value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  if (Object.values(config).every(isPlain)) return { ...config };
  return JSON.parse(
    JSON.stringify(config, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)),
  ) as Record<string, unknown>;
}

/** A source in the form of dbt's manifest. */
export function manifestSource(source: SourceNode): Readonly<Record<string, unknown>> {
  const { relation, properties, config } = source;
  return {
    database: relation.database,
    schema: relation.schema,
    name: source.name,
    resource_type: 'source',
    package_name: source.packageName,
    path: source.originalFilePath,
    original_file_path: source.originalFilePath,
    unique_id: source.uniqueId,
    fqn: [...source.fqn],
    source_name: source.sourceName,
    source_description: properties.sourceDescription,
    loader: properties.loader,
    identifier: relation.identifier,
    quoting: { ...properties.quoting, column: null },
    loaded_at_field: properties.loadedAtField,
    loaded_at_query: properties.loadedAtQuery,
    freshness: freshnessOf(properties.freshness),
    external: null,
    description: source.description,
    columns: columnsOf(source),
    meta: config['meta'] ?? {},
    source_meta: {},
    tags: [...source.tags],
    config: {
      enabled: true,
      event_time: config['event_time'] ?? null,
      freshness: freshnessOf(properties.freshness),
      loaded_at_field: properties.loadedAtField,
      loaded_at_query: properties.loadedAtQuery,
      meta: config['meta'] ?? {},
      tags: [...source.tags],
    },
    patch_path: null,
    unrendered_config: plain(config),
    relation_name: relationText(relation),
    created_at: 0,
    unrendered_database: null,
    unrendered_schema: null,
    doc_blocks: [],
  };
}

function freshnessOf(freshness: Readonly<Record<string, unknown>> | null): Readonly<Record<string, unknown>> | null {
  if (freshness === null) return null;
  const threshold = (value: unknown): unknown => (isRecord(value) ? value : { count: null, period: null });
  return {
    warn_after: threshold(freshness['warn_after']),
    error_after: threshold(freshness['error_after']),
    filter: freshness['filter'] ?? null,
  };
}

/** An exposure in the form of dbt's manifest. */
export function manifestExposure(exposure: ExposureNode): Readonly<Record<string, unknown>> {
  const { properties, config } = exposure;
  const { email, name } = properties.owner;
  return {
    name: exposure.name,
    resource_type: 'exposure',
    package_name: exposure.packageName,
    path: exposure.originalFilePath,
    original_file_path: exposure.originalFilePath,
    unique_id: exposure.uniqueId,
    fqn: [...exposure.fqn],
    type: properties.type,
    owner: { email: email ?? null, name: name ?? null, config: { meta: {}, tags: [] } },
    description: exposure.description,
    label: properties.label,
    maturity: properties.maturity,
    meta: config['meta'] ?? {},
    tags: [...exposure.tags],
    config: { enabled: true, tags: [...exposure.tags], meta: config['meta'] ?? {} },
    unrendered_config: plain(config),
    url: properties.url,
    depends_on: { macros: [], nodes: [...exposure.dependsOn] },
    refs: [],
    sources: [],
    metrics: [],
    created_at: 0,
  };
}
