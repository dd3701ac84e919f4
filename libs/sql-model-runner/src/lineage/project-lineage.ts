import type { ParseResult } from 'libpg-query';
import { columnOf, mergeFlows, NO_ROWS, type Flow, type Rows } from './flow.ts';
import { queryLineage } from './query-lineage.ts';
import type { RelationShape } from './scope.ts';

/** A model, a seed, a snapshot or a source, as lineage needs it. */
export interface LineageInput {
  /** Unique id. */
  readonly id: string;
  /** As people call it: `orders`, or `shop.orders` for the table of a source. */
  readonly name: string;
  readonly relation: { readonly schema: string; readonly identifier: string };
  /** The name under which others read it as a common table expression; null where it is a relation. */
  readonly cteName: string | null;
  /** The tree of its compiled select; null where it has none, or it cannot be had. */
  readonly tree: ParseResult | null;
  /** Columns that are known besides those of the select, in their order: of the catalog, of properties files. */
  readonly columns: readonly string[];
  /** Whether those are all that it has. */
  readonly isComplete: boolean;
  /** Columns that it has besides, made by the materialization. Default: none. */
  readonly added?: readonly string[];
}

/** The lineage of one node: flows name the nodes that it reads, or `schema.name` of what is not in the project. */
export interface NodeLineage extends Rows {
  readonly id: string;
  readonly name: string;
  readonly relation: LineageInput['relation'];
  readonly warnings: readonly string[];
}

/** The lineage of a project's columns, by unique id. Relations outside the project are nodes without columns of their own. */
export type ProjectLineage = ReadonlyMap<string, NodeLineage>;

/** Reads the lineage of every column of a project. @param inputs what is read before what reads it. */
export function projectLineage(inputs: readonly LineageInput[]): ProjectLineage {
  const byRelation = new Map(inputs.map(({ id, relation }) => [`${relation.schema}.${relation.identifier}`, id]));
  const byCte = new Map(inputs.flatMap(({ id, cteName }) => (cteName === null ? [] : [[cteName, id] as const])));
  const nodes = new Map<string, NodeLineage>();
  const described = new Map(inputs.map((input) => [input.id, input]));
  const outside = new Map<string, NodeLineage>();
  const shapeOfNode = (id: string): RelationShape => {
    const node = nodes.get(id);
    if (node !== undefined)
      return { id, columns: node.columns.map(({ name }) => name), isComplete: node.open.length === 0 };
    // A model that reads itself: its columns are what is being found out.
    const { columns = [], isComplete = false } = described.get(id) ?? {};
    return { id, columns, isComplete };
  };
  for (const input of inputs) {
    const lineage =
      input.tree === null
        ? { ...NO_ROWS, warnings: [] }
        : queryLineage(
            input.tree,
            ({ schema, name }) => {
              const key = schema === null ? name : `${schema}.${name}`;
              const id = byRelation.get(key);
              if (id !== undefined) return shapeOfNode(id);
              outside.set(key, outsider(key));
              return { id: key, columns: [], isComplete: false };
            },
            (name) => {
              const id = byCte.get(name);
              return id === undefined || id === input.id ? null : shapeOfNode(id);
            },
          );
    nodes.set(input.id, finished(input, lineage));
  }
  return new Map([...nodes, ...outside]);
}

function outsider(key: string): NodeLineage {
  const [schema = '', identifier = ''] = key.includes('.') ? key.split('.') : ['', key];
  const open = [{ relation: null, column: () => [] }];
  return { id: key, name: key, relation: { schema, identifier }, columns: [], open, conditions: [], warnings: [] };
}

/** Adds the columns that are only known from elsewhere; where all are, nothing stays open. */
function finished(input: LineageInput, rows: Rows & { readonly warnings: readonly string[] }): NodeLineage {
  const { id, name, relation, columns, isComplete, tree, added = [] } = input;
  const isOpen = tree === null || rows.open.length > 0;
  const known = new Set(rows.columns.map((column) => column.name));
  const more = [...(isOpen ? columns : []), ...added]
    .filter((column) => !known.has(column))
    .map((column) => ({
      name: column,
      flows: added.includes(column) ? [] : (columnOf({ ...rows, columns: [] }, column) ?? []),
    }));
  const unknown = [{ relation: null, column: () => [] }];
  return {
    id,
    name,
    relation,
    columns: [...rows.columns, ...more],
    open: isComplete || !isOpen ? [] : tree === null ? unknown : rows.open,
    conditions: rows.conditions,
    warnings: rows.warnings,
  };
}

/** The origins of a column of a node; null when it has no such column. */
export function originsOf(node: NodeLineage, column: string): readonly Flow[] | null {
  return columnOf(node, column);
}

/** The origins of all of a node's columns that flow from `relation`. */
export function flowsFrom(
  node: NodeLineage,
  relation: string,
): readonly { readonly column: string; readonly flow: Flow }[] {
  return node.columns.flatMap(({ name, flows }) =>
    mergeFlows(flows)
      .filter((flow) => flow.relation === relation)
      .map((flow) => ({ column: name, flow })),
  );
}
