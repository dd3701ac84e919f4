import { isRecord } from './yaml-cursor.ts';

/** The configuration of a node, under dbt's names with underscores (`pre_hook`, `unique_key`, …). */
export type NodeConfig = Readonly<Record<string, unknown>>;

/** How a key of two levels of configuration becomes one value; every other key is replaced by the later level. */
const APPENDED = new Set(['tags', 'pre_hook', 'post_hook', 'packages']);
const MERGED = new Set(['meta', 'column_types', 'persist_docs', 'quoting', 'docs', 'contract']);

/** `pre-hook` → `pre_hook`: both spellings are one key. */
export function normalizeConfigKeys(config: NodeConfig): NodeConfig {
  const entries = Object.entries(config).map(([key, value]) => [aliasOf(key), value] as const);
  return Object.fromEntries(entries);
}

function aliasOf(key: string): string {
  return key === 'pre-hook' || key === 'post-hook' ? key.replace('-', '_') : key;
}

/**
 * Lays one level of configuration over a more general one, as dbt merges them: tags and hooks add up, `meta` and the
 * other mappings are merged key by key, `grants` are replaced unless a privilege is written with `+`, the rest is replaced.
 */
export function mergeConfig(base: NodeConfig, over: NodeConfig): NodeConfig {
  return merge(base, over, mergeGrants);
}

/** As {@link mergeConfig} for what one file says in several calls: the `+` of grants stays, for the levels below. */
export function collectConfig(base: NodeConfig, over: NodeConfig): NodeConfig {
  return merge(base, over, (former, given) => ({ ...(isRecord(former) ? former : {}), ...given }));
}

function merge(base: NodeConfig, over: NodeConfig, grants: typeof mergeGrants): NodeConfig {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(normalizeConfigKeys(over))) {
    if (APPENDED.has(key)) merged[key] = appended(key, merged[key], value);
    else if (MERGED.has(key) && isRecord(value))
      merged[key] = { ...(isRecord(merged[key]) ? merged[key] : {}), ...value };
    else if (key === 'grants' && isRecord(value)) merged[key] = grants(merged[key], value);
    else merged[key] = value;
  }
  return merged;
}

function appended(key: string, base: unknown, over: unknown): readonly unknown[] {
  const all = [...listOf(base), ...listOf(over)];
  return key === 'tags' ? [...new Set(all)] : all;
}

/** A list as it is, nothing as an empty list, anything else as a list of one. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function mergeGrants(base: unknown, over: Readonly<Record<string, unknown>>): NodeConfig {
  const merged: Record<string, unknown> = { ...(isRecord(base) ? base : {}) };
  for (const [key, value] of Object.entries(over)) {
    if (key.startsWith('+')) merged[key.slice(1)] = [...new Set([...listOf(merged[key.slice(1)]), ...listOf(value)])];
    else merged[key] = listOf(value);
  }
  return merged;
}

/**
 * The levels of a `models:` (`seeds:`, `data_tests:`) tree that apply to a node, the most general first. At each level the keys
 * written with `+`, and those whose value is not a mapping, are configuration; the other mappings are folders.
 *
 * @param fqn project, folders, name.
 */
export function configLevels(tree: unknown, fqn: readonly string[]): readonly NodeConfig[] {
  const levels: NodeConfig[] = [];
  let level = tree;
  for (const part of [null, ...fqn]) {
    if (part !== null) level = isRecord(level) && Object.hasOwn(level, part) ? level[part] : undefined;
    if (!isRecord(level)) break;
    levels.push(ownConfig(level));
  }
  return levels;
}

function ownConfig(level: Readonly<Record<string, unknown>>): NodeConfig {
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(level)) {
    if (key.startsWith('+')) own[key.slice(1).trim()] = value;
    else if (!isRecord(value)) own[key] = value;
  }
  return own;
}
