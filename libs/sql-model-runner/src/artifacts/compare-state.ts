import { display } from '../project/display.ts';
import { macroId } from '../compile/macro-library.ts';
import type { Project } from '../project/project.ts';
import { isRecord } from '../project/yaml-cursor.ts';

/** A node as a manifest has it. */
export type FormerNode = Readonly<Record<string, unknown>>;

export interface StateComparison {
  readonly id: string;
  readonly former: FormerNode;
  readonly current: FormerNode;
  readonly macros: Readonly<Record<string, FormerNode>>;
  readonly project: Project;
  /** Null: any. */
  readonly aspect: string | null;
}

const ASPECTS: Readonly<Record<string, (comparison: StateComparison) => boolean>> = {
  body: ({ former, current, project, id }) => {
    const node = project.nodes.get(id);
    if (node?.resourceType === 'seed') return false;
    return differs(former, current, ['checksum']) && former['raw_code'] !== current['raw_code'];
  },
  configs: ({ former, current }) => !same(relevantConfig(former), relevantConfig(current)),
  // As in dbt what is configured counts: another target has other schemas.
  relation: ({ former, current, id }) =>
    id.startsWith('source.')
      ? differs(former, current, ['database', 'schema', 'identifier'])
      : ['database', 'schema', 'alias'].some((key) => !same(configured(former, key), configured(current, key))),
  persisted_descriptions: ({ former, current }) => {
    const docs =
      isRecord(current['config']) && isRecord(current['config']['persist_docs'])
        ? current['config']['persist_docs']
        : {};
    const relation = docs['relation'] === true && former['description'] !== current['description'];
    return relation || (docs['columns'] === true && !same(descriptions(former), descriptions(current)));
  },
  macros: ({ current, macros, project }) => {
    const used = isRecord(current['depends_on']) ? current['depends_on']['macros'] : [];
    const sources = new Map(project.library.entries().map((entry) => [macroId(entry), entry.definition.source]));
    return (Array.isArray(used) ? used.map(String) : []).some((id) => {
      const former = macros[id]?.['macro_sql'];
      // The macros that a runner brings are another's in another's manifest.
      return !id.startsWith('macro.dbt.') && former !== undefined && display(former).trim() !== sources.get(id)?.trim();
    });
  },
  contract: ({ former, current }) => {
    const checksum = (node: FormerNode): unknown => (isRecord(node['contract']) ? node['contract']['checksum'] : null);
    return (checksum(former) ?? null) !== (checksum(current) ?? null);
  },
};

/** Whether a node differs from what a former manifest says of it. */
export function isModifiedSince(comparison: StateComparison): boolean {
  const { aspect } = comparison;
  if (aspect !== null) return ASPECTS[aspect]?.(comparison) ?? false;
  return Object.values(ASPECTS).some((isModified) => isModified(comparison));
}

function differs(former: FormerNode, current: FormerNode, keys: readonly string[]): boolean {
  return keys.some((key) => !same(former[key] ?? null, current[key] ?? null));
}

function configured(node: FormerNode, key: string): unknown {
  return (isRecord(node['unrendered_config']) ? node['unrendered_config'][key] : null) ?? null;
}

/** What was configured; what a version of dbt adds by default is no difference. */
function relevantConfig(node: FormerNode): Readonly<Record<string, unknown>> {
  const given = isRecord(node['unrendered_config']) ? node['unrendered_config'] : {};
  const { description: _, docs: __, meta: ___, ...rest } = given;
  return Object.fromEntries(
    Object.entries(rest).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0)),
  );
}

function descriptions(node: FormerNode): Readonly<Record<string, unknown>> {
  const columns = isRecord(node['columns']) ? node['columns'] : {};
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, isRecord(column) ? column['description'] : '']),
  );
}

function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  return `{${Object.keys(value)
    .toSorted()
    .map((key) => `${key}:${canonical(value[key])}`)
    .join(',')}}`;
}
