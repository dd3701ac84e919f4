import { columnValue } from '../compile/column-value.ts';
import type { NodeScope } from '../compile/node-scope.ts';
import { relationValue } from '../compile/relation-value.ts';
import { callValue, toPython, toText } from '../compile/template-engine.ts';
import { ModelRunnerError } from '../errors.ts';
import { BUILTIN_PACKAGE } from '../compile/macro-library.ts';
import type { Project, ProjectNode } from '../project/project.ts';
import type { BuildRequest, Increment } from '../warehouse/warehouse.ts';

/** The macros that dbt-postgres makes the statements of its own strategies with; a project may override each. */
const STRATEGY_MACROS: Readonly<Record<string, readonly string[]>> = {
  append: ['get_incremental_append_sql', 'get_insert_into_sql'],
  'delete+insert': ['get_incremental_delete_insert_sql', 'get_delete_insert_merge_sql'],
  merge: ['get_incremental_merge_sql', 'get_merge_sql'],
  microbatch: ['get_incremental_microbatch_sql', 'get_merge_sql', 'get_incremental_merge_sql'],
};

/** The writer of a strategy that the project defines, or whose macros it overrides; null where the runner's own statements do. */
export function incrementWriter(
  project: Project,
  node: ProjectNode,
  scope: NodeScope,
): NonNullable<BuildRequest['writeIncrement']> | null {
  const given = node.config['incremental_strategy'];
  const hasKey = node.config['unique_key'] !== undefined && node.config['unique_key'] !== null;
  const strategy = typeof given === 'string' && given !== 'default' ? given : hasKey ? 'delete+insert' : 'append';
  const known = STRATEGY_MACROS[strategy];
  const name = `get_incremental_${strategy.replaceAll('+', '_')}_sql`;
  const isOverridden = (macro: string): boolean =>
    ['', 'postgres__', 'default__'].some((prefix) => {
      const found = project.library.find(`${prefix}${macro}`, node.packageName);
      return found !== undefined && found.packageName !== BUILTIN_PACKAGE;
    });
  if (known !== undefined && !known.some(isOverridden)) return null;
  const entry = project.library.find(name, node.packageName);
  if (entry === undefined) return null;
  return async ({ source, columns }: Increment) => {
    const predicates = node.config['incremental_predicates'] ?? node.config['predicates'] ?? null;
    const args = toPython({
      target_relation: relationValue({ name: node.relation, type: 'table' }),
      temp_relation: relationValue({ name: { identifier: source }, type: 'table' }),
      unique_key: node.config['unique_key'] ?? null,
      dest_columns: columns.map(columnValue),
      incremental_predicates: predicates,
    });
    const sql = toText(await callValue(scope.bind(entry), { positional: [args], keyword: new Map() })).trim();
    if (sql === '') throw new ModelRunnerError(`the macro "${name}" gave no statement`, 'terminal');
    return sql;
  };
}
