import type { Node, SelectStmt, WindowDef } from 'libpg-query';
import { allFlows, columnOf, mergeFlows, transformed, type Flow, type Rows } from './flow.ts';

/** A name of a relation, as a query writes it. */
export interface RelationReference {
  /** Null: found by the search path. */
  readonly schema: string | null;
  readonly name: string;
}

/** What is known of a relation. */
export interface RelationShape {
  readonly id: string;
  /** In their order. */
  readonly columns: readonly string[];
  /** Whether there are no others. */
  readonly isComplete: boolean;
}

/** What the analysis of a query needs to know of what it reads. */
export type ShapeOf = (reference: RelationReference) => RelationShape;

/** An entry of `from` under the name by which columns are qualified. */
export interface RangeEntry {
  readonly schema: string | null;
  /** Empty: nothing can refer to it. */
  readonly name: string;
  readonly rows: Pick<Rows, 'columns' | 'open'>;
  /** Whether it stands for a single value, such as `unnest(…) as x`. */
  readonly isScalar: boolean;
}

/** What names mean at a place of a query. */
export interface Scope {
  /** Grows while `from` is read from left to right, for lateral entries. */
  readonly entries: readonly RangeEntry[];
  /** Columns without qualification: joined columns stand once. */
  readonly rows: Pick<Rows, 'columns' | 'open'>;
  /** Of the query around; null at the top. */
  readonly parent: Scope | null;
  readonly ctes: ReadonlyMap<string, Rows>;
  readonly windows: ReadonlyMap<string, WindowDef>;
}

export const TOP_SCOPE: Scope = {
  entries: [],
  rows: { columns: [], open: [] },
  parent: null,
  ctes: new Map(),
  windows: new Map(),
};

/** What reading a query takes besides its tree. */
export interface QueryReading {
  readonly shapeOf: ShapeOf;
  /** The relation that a common table expression stands for, where it is one of its own: an ephemeral model. */
  readonly shapeOfCte: (name: string) => RelationShape | null;
  readonly warn: (message: string) => void;
  /** The rows of a subquery; `scope` is what it stands in. */
  readonly query: (select: SelectStmt, scope: Scope) => Rows;
  /** Where the value of an expression comes from. */
  readonly flows: (node: Node | undefined, scope: Scope) => readonly Flow[];
}

/** A scope inside another: nothing is in `from` yet. */
export function innerScope(parent: Scope | null, ctes: ReadonlyMap<string, Rows>): Scope {
  return { ...TOP_SCOPE, parent, ctes };
}

/** The origins of `name`, or of `entry.name`. Inner names hide those of the queries around. @returns null when nothing is so called. */
export function findColumn(scope: Scope, names: readonly string[], reading: QueryReading): readonly Flow[] | null {
  const [name = ''] = names.slice(-1);
  const qualifier = names.slice(0, -1);
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    const found = qualifier.length === 0 ? findPlain(level, name, reading) : findQualified(level, qualifier, name);
    if (found !== null) return found;
  }
  return null;
}

function findPlain(level: Scope, name: string, reading: QueryReading): readonly Flow[] | null {
  if (level.rows.columns.some((column) => column.name === name)) return columnOf(level.rows, name);
  const entry = level.entries.find((candidate) => candidate.name === name);
  if (entry !== undefined) {
    const flows = allFlows(entry.rows);
    return entry.isScalar ? flows : transformed(flows, true);
  }
  const relations = new Set(level.rows.open.flatMap(({ relation }) => relation ?? []));
  if (relations.size > 1)
    reading.warn(`the column "${name}" may be of any of ${[...relations].join(', ')}: their columns are not known`);
  return columnOf(level.rows, name);
}

function findQualified(level: Scope, qualifier: readonly string[], name: string): readonly Flow[] | null {
  const entry = findEntry(level, qualifier);
  if (entry === null) return null;
  // A column that is not known of a row that is: a function in the guise of a column, or a field of a composite value.
  return columnOf(entry.rows, name) ?? transformed(allFlows(entry.rows));
}

/** The entry of `from` that a qualification names, at this level alone. */
export function findEntry(level: Scope, qualifier: readonly string[]): RangeEntry | null {
  const [name = ''] = qualifier.slice(-1);
  const [schema] = qualifier.slice(-2, -1);
  return (
    level.entries.find(
      (entry) => entry.name === name && (qualifier.length === 1 || (entry.schema !== null && entry.schema === schema)),
    ) ?? null
  );
}

/** The columns of rows under the names of an alias, as far as it names them. */
export function renamed(
  rows: Pick<Rows, 'columns' | 'open'>,
  names: readonly string[],
): Pick<Rows, 'columns' | 'open'> {
  if (names.length === 0) return rows;
  const columns = rows.columns.map(({ name, flows }, index) => ({ name: names[index] ?? name, flows }));
  const all = mergeFlows(...rows.open.map((part) => part.column('*')));
  // Which columns the further names rename is not known.
  const more = names.slice(rows.columns.length).map((name) => ({ name, flows: transformed(all, true) }));
  return { columns: [...columns, ...(rows.open.length > 0 ? more : [])], open: rows.open };
}
