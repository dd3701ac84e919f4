import { ModelRunnerError } from '../errors.ts';
import { suggestion } from '../project/suggestion.ts';
import type { NodeLineage, ProjectLineage } from './project-lineage.ts';

/** What `lineage <target>` names. */
export interface LineageTarget {
  readonly node: NodeLineage;
  /** Null: all columns. */
  readonly column: string | null;
  readonly path: readonly string[];
}

/**
 * Finds what a text such as `orders`, `orders.amount` or `shop.orders.payload->customer->id` names: a node by its name, its unique id
 * or its relation, a column, and a path into a document.
 *
 * @throws ModelRunnerError with the nearest name when there is no such node or column.
 */
export function findLineageTarget(lineage: ProjectLineage, text: string): LineageTarget {
  const [head = '', ...keys] = text.split(/->>?/u).map((part) => part.trim());
  const path = keys.map((key) => key.replace(/^'(?<key>.*)'$/u, '$<key>'));
  const names = namesOf(lineage);
  const name = [...names.keys()]
    .filter((candidate) => head === candidate || head.startsWith(`${candidate}.`))
    .toSorted((a, b) => b.length - a.length)[0];
  const node = name === undefined ? undefined : names.get(name);
  if (name === undefined || node === undefined) {
    const nearest = suggestion(head, names.keys()) || suggestion(head.replace(/\.[^.]*$/u, ''), names.keys());
    const expected = '; expected <model>, <model>.<column> or <source>.<table>.<column>->key->key';
    throw new ModelRunnerError(
      `no model, seed, snapshot or source is called "${head}"${nearest || expected}`,
      'terminal',
    );
  }
  const column = head.slice(name.length + 1).replaceAll('"', '');
  if (column === '') {
    if (path.length > 0) throw new ModelRunnerError(`"${text}" has a path and no column before it`, 'terminal');
    return { node, column: null, path };
  }
  return { node, column: columnNamed(node, column), path };
}

/** Everything that a node may be called by; what two nodes share is the first's. */
function namesOf(lineage: ProjectLineage): ReadonlyMap<string, NodeLineage> {
  const names = new Map<string, NodeLineage>();
  for (const node of lineage.values())
    for (const name of [node.name, node.id]) if (!names.has(name)) names.set(name, node);
  for (const node of lineage.values()) {
    const relation = `${node.relation.schema}.${node.relation.identifier}`;
    if (!names.has(relation)) names.set(relation, node);
  }
  return names;
}

function columnNamed(node: NodeLineage, column: string): string {
  const names = node.columns.map(({ name }) => name);
  const found = names.find((name) => name === column) ?? names.find((name) => name === column.toLowerCase());
  if (found !== undefined) return found;
  const nearest = suggestion(column, names);
  // A relation that nobody described may have it, unless it looks like a slip.
  if (node.open.length > 0 && nearest === '') return column;
  const known = names.length === 0 ? '; none of its columns is known' : `; it has ${names.join(', ')}`;
  throw new ModelRunnerError(`"${node.name}" has no column "${column}"${nearest || known}`, 'terminal');
}
