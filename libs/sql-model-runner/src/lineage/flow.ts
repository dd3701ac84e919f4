/**
 * How a column depends on another: `copy` holds its value, renamed or taken out of a document by its path; `transform` is computed
 * from it, casts included; `condition` depends on it only through what is filtered, joined, grouped or ordered by.
 */
export type Usage = 'copy' | 'transform' | 'condition';

/** A column of a relation, or what stands in it under a path of keys; `*` is any element of an array or any key. */
export interface ColumnPath {
  /** The relation's id, as the caller's catalog names it. */
  readonly relation: string;
  readonly column: string;
  readonly path: readonly string[];
}

/** One origin of a value. */
export interface Flow extends ColumnPath {
  readonly usage: Usage;
  /** Whether the value is still shaped like its origin, so that a path into it is a path into the origin. */
  readonly isDocument: boolean;
}

/** A column of rows and where its values come from. */
export interface FlowColumn {
  readonly name: string;
  readonly flows: readonly Flow[];
}

/** Columns that are not known by name: those of a relation that nobody described. */
export interface OpenPart {
  /** Null: columns of a function's result. */
  readonly relation: string | null;
  readonly column: (name: string) => readonly Flow[];
}

/** What a query, a common table expression or an entry of `from` gives. */
export interface Rows {
  readonly columns: readonly FlowColumn[];
  readonly open: readonly OpenPart[];
  /** What decides which rows there are, and how often. */
  readonly conditions: readonly Flow[];
}

export const NO_ROWS: Rows = { columns: [], open: [], conditions: [] };

/** A path longer than this comes from recursion into a document; its beginning says enough. */
const LONGEST_PATH = 16;
const STRENGTH: Readonly<Record<Usage, number>> = { copy: 2, transform: 1, condition: 0 };

/** The flows of several values together; of two that name the same origin the closer one. */
export function mergeFlows(...lists: readonly (readonly Flow[])[]): readonly Flow[] {
  const [first = []] = lists;
  if (lists.length === 1 && first.length < 2) return first;
  const merged = new Map<string, Flow>();
  for (const flow of lists.flat()) {
    const key = JSON.stringify([flow.relation, flow.column, flow.path]);
    const other = merged.get(key);
    if (other === undefined) merged.set(key, flow);
    else {
      const isDocument = flow.isDocument || other.isDocument;
      merged.set(key, { ...(STRENGTH[flow.usage] > STRENGTH[other.usage] ? flow : other), isDocument });
    }
  }
  return [...merged.values()];
}

/** What is computed from values. @param isDocument whether it has their shape all the same, as `coalesce` has. */
export function transformed(flows: readonly Flow[], isDocument = false): readonly Flow[] {
  return flows.map((flow) =>
    flow.usage === 'condition'
      ? flow
      : { ...flow, usage: 'transform' as const, isDocument: isDocument && flow.isDocument },
  );
}

export function asConditions(flows: readonly Flow[]): readonly Flow[] {
  return flows.map((flow) => ({ ...flow, usage: 'condition' as const, isDocument: false }));
}

/** What stands under `keys` in a value. */
export function atPath(flows: readonly Flow[], keys: readonly string[]): readonly Flow[] {
  return flows.map((flow) => {
    if (flow.usage === 'condition') return flow;
    if (!flow.isDocument) return { ...flow, usage: 'transform' as const };
    return { ...flow, path: [...flow.path, ...keys].slice(0, LONGEST_PATH) };
  });
}

/** The flows of the column `name`; null when there is no such column. */
export function columnOf(rows: Pick<Rows, 'columns' | 'open'>, name: string): readonly Flow[] | null {
  const found = rows.columns.filter((column) => column.name === name);
  if (found.length > 0) return mergeFlows(...found.map(({ flows }) => flows));
  if (rows.open.length > 0) return mergeFlows(...rows.open.map((part) => part.column(name)));
  return null;
}

/** Everything that a whole row holds. */
export function allFlows(rows: Pick<Rows, 'columns' | 'open'>): readonly Flow[] {
  return mergeFlows(...rows.columns.map(({ flows }) => flows), ...rows.open.map((part) => part.column('*')));
}
