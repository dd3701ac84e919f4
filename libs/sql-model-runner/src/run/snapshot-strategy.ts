import { display } from '../project/display.ts';
import type { CompiledNode } from '../compile/compile-node.ts';
import { nodeValue } from '../compile/node-value.ts';
import { callValue, toHost, toText, type Value } from '../compile/template-engine.ts';
import { ModelRunnerError } from '../errors.ts';
import { listOf } from '../project/config.ts';
import type { ProjectNode } from '../project/project.ts';
import { isRecord } from '../project/yaml-cursor.ts';
import type { ExistingRelation, SnapshotStrategy } from '../warehouse/warehouse.ts';

/** What the strategy of a snapshot says, by the macros that a project may override. @throws ModelRunnerError */
export async function snapshotStrategy(
  node: ProjectNode,
  { scope, sql }: CompiledNode,
  existing: ExistingRelation | null,
): Promise<SnapshotStrategy> {
  const call = async (macro: string, ...positional: readonly Value[]): Promise<Value> => {
    const found = scope.get(macro);
    if (found === undefined) throw new ModelRunnerError(`there is no macro "${macro}"`, 'terminal');
    return callValue(found, { positional, keyword: new Map() });
  };
  const name = String(node.config['strategy']);
  const model = nodeValue(node, { compiled_code: sql, compiled_sql: sql });
  const [packageName, inPackage] = name.includes('.') ? name.split('.') : [null, name];
  const macro = `snapshot_${inPackage}_strategy`;
  const strategyMacro =
    packageName === null
      ? scope.get(macro)
      : (scope.get(packageName ?? '') as { attribute?: (key: string) => Value | undefined } | undefined)?.attribute?.(
          macro,
        );
  if (strategyMacro === undefined)
    throw new ModelRunnerError(
      `"${name}" is no strategy of snapshots; expected timestamp, check, or a macro "${macro}"`,
      'terminal',
    );
  const positional: readonly Value[] = [model, 'snapshotted_data', 'source_data', null, existing !== null];
  const answer = toHost(await callValue(strategyMacro, { positional, keyword: new Map() }));
  if (!isRecord(answer)) throw new ModelRunnerError(`the strategy "${name}" returned no mapping`, 'terminal');
  const text = (key: string): string => toText((answer[key] ?? '') as Value).trim();
  const now = toText(await call('snapshot_get_time')).trim();
  const columns = columnNames(node);
  const key = answer['unique_key'] ?? node.config['unique_key'];
  const uniqueKey = listOf(key).map(String);
  const hardDeletes = hardDeletesOf(answer);
  const hash = async (...parts: readonly Value[]): Promise<string> =>
    toText(await call('snapshot_hash_arguments', [...parts])).trim();
  return {
    uniqueKey,
    isKeyList: Array.isArray(key),
    updatedAt: text('updated_at'),
    rowChanged: text('row_changed'),
    scdId: text('scd_id'),
    hardDeletes,
    now,
    columns,
    validToCurrent:
      typeof node.config['dbt_valid_to_current'] === 'string' ? node.config['dbt_valid_to_current'] : null,
    newScdId: hardDeletes === 'new_record' ? await hash(columns.scdId, now) : '',
  };
}

function hardDeletesOf(answer: Readonly<Record<string, unknown>>): SnapshotStrategy['hardDeletes'] {
  const given = answer['hard_deletes'];
  if (given === 'ignore' || given === 'invalidate' || given === 'new_record') return given;
  if (given !== undefined && given !== null)
    throw new ModelRunnerError(
      `config "hard_deletes" is "${display(given)}"; expected ignore, invalidate or new_record`,
      'terminal',
    );
  return answer['invalidate_hard_deletes'] === true ? 'invalidate' : 'ignore';
}

/** The columns that a snapshot has besides those of its select. */
export function snapshotColumnNames(node: ProjectNode): readonly string[] {
  const { isDeleted, ...others } = columnNames(node);
  return [...Object.values(others), ...(node.config['hard_deletes'] === 'new_record' ? [isDeleted] : [])];
}

function columnNames({ config }: ProjectNode): SnapshotStrategy['columns'] {
  const given = isRecord(config['snapshot_meta_column_names']) ? config['snapshot_meta_column_names'] : {};
  const name = (key: string): string => (typeof given[key] === 'string' ? given[key] : key);
  return {
    validFrom: name('dbt_valid_from'),
    validTo: name('dbt_valid_to'),
    scdId: name('dbt_scd_id'),
    updatedAt: name('dbt_updated_at'),
    isDeleted: name('dbt_is_deleted'),
  };
}
