import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SettingsError } from '../errors.ts';
import type { StateFacts } from '../graph/state-facts.ts';
import type { Batch } from '../compile/run-context.ts';
import type { Project, RelationName } from '../project/project.ts';
import { isRecord } from '../project/yaml-cursor.ts';
import { isModifiedSince, type FormerNode } from './compare-state.ts';
import { manifestExposure, manifestNode, manifestSource } from './manifest-node.ts';

/** The artifacts of a former run, dbt's or this runner's. */
export interface FormerState {
  readonly facts: StateFacts;
  /** Relations of its nodes, for `--defer`. */
  readonly relations: ReadonlyMap<string, RelationName>;
  /** Results of its run_results.json; empty when there is none. */
  readonly results: readonly FormerResult[];
  /** Seconds that nodes took. */
  readonly seconds: ReadonlyMap<string, number>;
  readonly args: Readonly<Record<string, unknown>>;
  /** The columns that a node had, of its catalog.json, else of the lineage in its manifest.json; null where neither says. */
  readonly columnsOf: (id: string) => readonly FormerColumn[] | null;
}

export interface FormerColumn {
  readonly name: string;
  /** Null where only the name is known. */
  readonly type: string | null;
}

export interface FormerResult {
  readonly uniqueId: string;
  readonly status: string;
  readonly failedBatches: readonly Batch[];
}

/** Reads a folder of artifacts. @throws SettingsError when it has no manifest.json (unless none is needed) */
export async function readState(
  folder: string,
  project: Project,
  options: { readonly needsManifest: boolean; readonly currentSources?: string | null },
): Promise<FormerState> {
  const manifest = await readJson(join(folder, 'manifest.json'));
  if (manifest === null && options.needsManifest)
    throw new SettingsError(
      `there is no manifest.json in ${folder}; name the folder that a former run wrote, e.g. --state target`,
    );
  const nodes = new Map<string, FormerNode>();
  for (const kind of ['nodes', 'sources', 'exposures', 'unit_tests']) {
    for (const [id, node] of Object.entries(recordOf(manifest?.[kind]))) if (isRecord(node)) nodes.set(id, node);
  }
  const macros = recordOf(manifest?.['macros']) as Readonly<Record<string, FormerNode>>;
  const run = await readJson(join(folder, 'run_results.json'));
  const results = resultsOf(run);
  const statuses = new Map(results.map(({ uniqueId, status }) => [uniqueId, status]));
  const catalog = recordOf((await readJson(join(folder, 'catalog.json')))?.['nodes']);
  const before = await readJson(join(folder, 'sources.json'));
  const now = options.currentSources ? await readJson(options.currentSources) : null;
  return {
    facts: {
      has: (id) => nodes.has(id),
      isModified: (id, aspect) => {
        const former = nodes.get(id);
        const current = currentNode(project, id);
        return (
          former === undefined || current === null || isModifiedSince({ former, current, macros, project, aspect, id })
        );
      },
      statusOf: (id) => {
        if (run === null) throw new SettingsError(`there is no run_results.json in ${folder}, which result: asks for`);
        return statuses.get(id);
      },
      isFresher: (id) => isFresher(before, now, id),
    },
    relations: relationsOf(nodes),
    results,
    seconds: secondsOf(run),
    args: recordOf(run?.['args']),
    columnsOf: (id) => columnsIn(recordOf(catalog[id])) ?? columnsIn(lineageIn(nodes.get(id))),
  };
}

function lineageIn(node: FormerNode | undefined): Readonly<Record<string, unknown>> {
  return recordOf(recordOf(node?.['config'])['ovis_lineage']);
}

function columnsIn(described: Readonly<Record<string, unknown>>): readonly FormerColumn[] | null {
  if (!isRecord(described['columns'])) return null;
  return Object.entries(described['columns']).map(([name, column]) => {
    const type = isRecord(column) ? column['type'] : null;
    return { name, type: typeof type === 'string' ? type : null };
  });
}

function currentNode(project: Project, id: string): FormerNode | null {
  const node = project.nodes.get(id);
  if (node) return manifestNode(node, undefined);
  const source = project.sources.get(id);
  if (source) return manifestSource(source);
  const exposure = project.exposures.get(id);
  return exposure ? manifestExposure(exposure) : null;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

async function readJson(file: string): Promise<Readonly<Record<string, unknown>> | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return recordOf(JSON.parse(text));
  } catch (cause) {
    throw new SettingsError(`${file} is no JSON`, { cause });
  }
}

function relationsOf(nodes: ReadonlyMap<string, FormerNode>): ReadonlyMap<string, RelationName> {
  const relations = new Map<string, RelationName>();
  for (const [id, node] of nodes) {
    const { database, schema, alias, resource_type: type } = node;
    const isBuilt = type === 'model' || type === 'seed' || type === 'snapshot';
    const isEphemeral = recordOf(node['config'])['materialized'] === 'ephemeral';
    if (isBuilt && !isEphemeral && typeof schema === 'string' && typeof alias === 'string')
      relations.set(id, { database: String(database), schema, identifier: alias });
  }
  return relations;
}

function entriesOf(run: Readonly<Record<string, unknown>> | null): readonly Readonly<Record<string, unknown>>[] {
  const results = run?.['results'];
  return Array.isArray(results) ? results.filter(isRecord) : [];
}

function resultsOf(run: Readonly<Record<string, unknown>> | null): readonly FormerResult[] {
  return entriesOf(run).map((result) => {
    const failed = recordOf(result['batch_results'])['failed'];
    const batches = Array.isArray(failed) ? (failed as readonly (readonly string[])[]) : [];
    return {
      uniqueId: String(result['unique_id']),
      status: String(result['status']),
      failedBatches: batches.map(([start = '', end = '']) => ({ start: new Date(start), end: new Date(end) })),
    };
  });
}

function secondsOf(run: Readonly<Record<string, unknown>> | null): ReadonlyMap<string, number> {
  return new Map(entriesOf(run).map((result) => [String(result['unique_id']), Number(result['execution_time'] ?? 0)]));
}

function isFresher(
  before: Readonly<Record<string, unknown>> | null,
  now: Readonly<Record<string, unknown>> | null,
  id: string,
): boolean {
  const loadedAt = (sources: Readonly<Record<string, unknown>> | null): string | null => {
    const found = entriesOf(sources).find((entry) => entry['unique_id'] === id);
    return typeof found?.['max_loaded_at'] === 'string' ? found['max_loaded_at'] : null;
  };
  const [former, current] = [loadedAt(before), loadedAt(now)];
  if (current === null) return false;
  return former === null || Date.parse(current) > Date.parse(former);
}
