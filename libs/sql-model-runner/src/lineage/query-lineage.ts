import type { CommonTableExpr, Node, ParseResult, SelectStmt, WindowDef } from 'libpg-query';
import { columnNameOf } from './column-name.ts';
import { expressionFlows } from './expression.ts';
import {
  asConditions,
  columnOf,
  mergeFlows,
  NO_ROWS,
  transformed,
  type Flow,
  type FlowColumn,
  type OpenPart,
  type Rows,
} from './flow.ts';
import { readFrom, rowsOfShape } from './from-clause.ts';
import {
  findColumn,
  findEntry,
  innerScope,
  renamed,
  TOP_SCOPE,
  type QueryReading,
  type Scope,
  type ShapeOf,
} from './scope.ts';
import { constantOf, textsOf } from './tree.ts';

/** Where the columns of a query come from. */
export interface QueryLineage extends Rows {
  /** What could not be told, and why. */
  readonly warnings: readonly string[];
}

/** A recursive query is read this often: deeper paths into a document begin with one that is known by then. */
const RECURSION_ROUNDS = 6;

/**
 * Reads the lineage of a query's columns from its parse tree.
 *
 * @param tree what `libpg-query` gives for one select.
 * @param shapeOf what is known of the relations that the query reads; also asked for names without a schema.
 * @param shapeOfCte the relation that a common table expression stands for. Default: none stands for one.
 */
export function queryLineage(
  tree: ParseResult,
  shapeOf: ShapeOf,
  shapeOfCte: QueryReading['shapeOfCte'] = () => null,
): QueryLineage {
  const warnings = new Set<string>();
  const reading: QueryReading = {
    shapeOf,
    shapeOfCte,
    warn: (message) => warnings.add(message),
    query: (select, scope) => readQuery(select, scope, reading),
    flows: (node, scope) => expressionFlows(node, scope, reading),
  };
  const select = tree.stmts?.[0]?.stmt;
  const isSelect = select !== undefined && 'SelectStmt' in select;
  if (!isSelect) warnings.add('no query: only what selects has columns with a lineage');
  const rows = isSelect ? readOrNothing(() => readQuery(select.SelectStmt, TOP_SCOPE, reading), reading) : NO_ROWS;
  return { ...rows, warnings: [...warnings] };
}

/** A query that is nested deeper than the stack is no reason to fail. */
function readOrNothing(read: () => Rows, { warn }: QueryReading): Rows {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    warn('it is nested too deeply to be followed');
    return NO_ROWS;
  }
}

function readQuery(select: SelectStmt, around: Scope, reading: QueryReading): Rows {
  const ctes = new Map(around.ctes);
  for (const node of select.withClause?.ctes ?? []) {
    if (!('CommonTableExpr' in node)) continue;
    const { CommonTableExpr: cte } = node;
    const { ctename = '' } = cte;
    const shape = reading.shapeOfCte(ctename);
    const rows =
      shape === null
        ? readCte(cte, { ...around, ctes }, select.withClause?.recursive === true, reading)
        : { ...rowsOfShape(shape), conditions: [] };
    ctes.set(ctename, rows);
  }
  const scope = innerScope(around, ctes);
  if (select.larg !== undefined && select.rarg !== undefined) return readSetOperation(select, scope, reading);
  if (select.valuesLists !== undefined) return readValues(select.valuesLists, scope, reading);
  return readSelect(select, scope, reading);
}

function readCte(cte: CommonTableExpr, scope: Scope, isRecursive: boolean, reading: QueryReading): Rows {
  const names = textsOf(cte.aliascolnames);
  const { ctename = '', ctequery } = cte;
  if (ctequery === undefined || !('SelectStmt' in ctequery)) return returningRows(ctequery, reading);
  const { SelectStmt: select } = ctequery;
  const read = (ctes: Scope['ctes']): Rows => {
    const rows = readQuery(select, { ...scope, ctes }, reading);
    return { ...withBookkeeping(cte, renamed(rows, names)), conditions: rows.conditions };
  };
  if (!isRecursive || select.larg === undefined) return read(scope.ctes);
  // What the recursive part reads of itself is first what the other part gives, then what both give, until nothing is added.
  const start = readQuery({ ...select.larg, withClause: select.withClause } as SelectStmt, scope, reading);
  let rows: Rows = { ...withBookkeeping(cte, renamed(start, names)), conditions: start.conditions };
  for (let round = 0, before = ''; round < RECURSION_ROUNDS; round += 1) {
    rows = read(new Map([...scope.ctes, [ctename, rows]]));
    const now = JSON.stringify([rows.columns, rows.conditions]);
    if (now === before) break;
    before = now;
  }
  return rows;
}

/** The columns that `search` and `cycle` add. */
function withBookkeeping(cte: CommonTableExpr, rows: Pick<Rows, 'columns' | 'open'>): Pick<Rows, 'columns' | 'open'> {
  const by = (list: readonly Node[] | undefined): readonly Flow[] =>
    transformed(mergeFlows(...textsOf(list).map((name) => columnOf(rows, name) ?? [])));
  const { search_clause: search, cycle_clause: cycle } = cte;
  const more: FlowColumn[] = [];
  if (search?.search_seq_column !== undefined)
    more.push({ name: search.search_seq_column, flows: by(search.search_col_list) });
  for (const name of [cycle?.cycle_mark_column, cycle?.cycle_path_column])
    if (name !== undefined) more.push({ name, flows: by(cycle?.cycle_col_list) });
  const names = new Set(more.map(({ name }) => name));
  return { columns: [...rows.columns.filter(({ name }) => !names.has(name)), ...more], open: rows.open };
}

/** What a changing statement in `with` returns: columns of the relation that it changes. */
function returningRows(query: Node | undefined, reading: QueryReading): Rows {
  const [statement] =
    query === undefined ? [] : (Object.values(query) as { relation?: { schemaname?: string; relname?: string } }[]);
  const { schemaname = null, relname } = statement?.relation ?? {};
  if (relname === undefined) return NO_ROWS;
  return { ...rowsOfShape(reading.shapeOf({ schema: schemaname, name: relname })), conditions: [] };
}

function readSetOperation(select: SelectStmt, scope: Scope, reading: QueryReading): Rows {
  const left = reading.query(select.larg ?? {}, scope);
  const right = reading.query(select.rarg ?? {}, scope);
  const isUnion = select.op === 'SETOP_UNION';
  const isOpen = left.open.length > 0 || right.open.length > 0;
  const columns = left.columns.map(({ name, flows }, index) => {
    // By place; where the places are not known, by name.
    const other = (isOpen ? columnOf(right, name) : right.columns[index]?.flows) ?? [];
    return { name, flows: isUnion ? mergeFlows(flows, other) : flows };
  });
  const added = isOpen && isUnion ? right.columns.filter(({ name }) => !left.columns.some((c) => c.name === name)) : [];
  const compared = isUnion ? [] : [...left.columns, ...right.columns].map(({ flows }) => flows);
  return {
    columns: [...columns, ...added],
    open: isUnion ? [...left.open, ...right.open] : left.open,
    conditions: mergeFlows(left.conditions, right.conditions, asConditions(mergeFlows(...compared))),
  };
}

function readValues(lists: readonly Node[], scope: Scope, reading: QueryReading): Rows {
  const rows = lists.map((list) => ('List' in list ? (list.List.items ?? []) : []));
  const columns = (rows[0] ?? []).map((_, index) => ({
    name: `column${index + 1}`,
    flows: mergeFlows(...rows.map((row) => reading.flows(row[index], scope))),
  }));
  return { columns, open: [], conditions: [] };
}

function readSelect(select: SelectStmt, outer: Scope, reading: QueryReading): Rows {
  const from = readFrom(select.fromClause ?? [], outer, reading);
  const windows = new Map<string, WindowDef>();
  for (const node of select.windowClause ?? []) {
    if (!('WindowDef' in node)) continue;
    const { refname, ...own } = node.WindowDef;
    // A window adds to one before it: anything else is no valid query, and could go round in circles.
    windows.set(own.name ?? '', refname !== undefined && windows.has(refname) ? node.WindowDef : own);
  }
  const scope: Scope = { ...outer, entries: from.entries, rows: from, windows };
  const { columns, open, targets } = readTargets(select.targetList ?? [], scope, reading);
  const output: Output = { columns, targets };
  const filters = [select.whereClause, select.havingClause].map((node) => reading.flows(node, scope));
  const groups = groupings(select.groupClause ?? []).map((node) => keyFlows(node, output, scope, reading, false));
  const distinct = (select.distinctClause ?? []).filter((node) => Object.keys(node).length > 0);
  const sorted = (select.sortClause ?? []).flatMap((node) => ('SortBy' in node ? (node.SortBy.node ?? []) : []));
  // An order decides about rows only where some of them are left out.
  const isCut = select.limitCount !== undefined || select.limitOffset !== undefined || distinct.length > 0;
  const chosen = [...distinct, ...(isCut ? sorted : [])].map((node) => keyFlows(node, output, scope, reading, true));
  const limits = [select.limitCount, select.limitOffset].map((node) => reading.flows(node, scope));
  const conditions = mergeFlows(from.conditions, asConditions(mergeFlows(...filters, ...groups, ...chosen, ...limits)));
  return { columns, open, conditions };
}

/** What a select list gives, and the expressions by their place. */
interface Output {
  readonly columns: readonly FlowColumn[];
  readonly targets: readonly (readonly Flow[])[];
}

function readTargets(
  list: readonly Node[],
  scope: Scope,
  reading: QueryReading,
): { columns: readonly FlowColumn[]; open: readonly OpenPart[]; targets: readonly (readonly Flow[])[] } {
  const columns: FlowColumn[] = [];
  const open: OpenPart[] = [];
  for (const node of list) {
    if (!('ResTarget' in node)) continue;
    const { name, val } = node.ResTarget;
    const star = starOf(val, scope);
    if (star === null) columns.push({ name: name ?? columnNameOf(val), flows: reading.flows(val, scope) });
    else {
      columns.push(...star.columns);
      open.push(...star.open);
    }
  }
  return { columns, open, targets: columns.map(({ flows }) => flows) };
}

/** The columns of `*`, `t.*` and `(t).*`; null for any other expression. */
function starOf(val: Node | undefined, scope: Scope): Pick<Rows, 'columns' | 'open'> | null {
  if (val === undefined) return null;
  if ('A_Indirection' in val) {
    const { arg, indirection = [] } = val.A_Indirection;
    const isStar = indirection.length === 1 && indirection.some((step) => 'A_Star' in step);
    const names = isStar && arg !== undefined && 'ColumnRef' in arg ? textsOf(arg.ColumnRef.fields) : [];
    return names.length === 0 ? null : entryRows(scope, names);
  }
  if (!('ColumnRef' in val)) return null;
  const fields = val.ColumnRef.fields ?? [];
  if (!fields.some((field) => 'A_Star' in field)) return null;
  return fields.length === 1 ? scope.rows : entryRows(scope, textsOf(fields.slice(0, -1)));
}

function entryRows(scope: Scope, names: readonly string[]): Pick<Rows, 'columns' | 'open'> {
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    const entry = findEntry(level, names.slice(-2));
    if (entry !== null) return entry.rows;
  }
  return NO_ROWS;
}

/** The expressions of `group by`, those within `rollup`, `cube` and sets too. */
function groupings(nodes: readonly Node[]): readonly Node[] {
  return nodes.flatMap((node) => ('GroupingSet' in node ? groupings(node.GroupingSet.content ?? []) : [node]));
}

/** An entry of `group by`, `order by` or `distinct on`: a place, a name of the output, or an expression. */
function keyFlows(
  node: Node,
  output: Output,
  scope: Scope,
  reading: QueryReading,
  prefersOutput: boolean,
): readonly Flow[] {
  if ('A_Const' in node) return output.targets[Number(constantOf(node)) - 1] ?? [];
  const names = 'ColumnRef' in node ? textsOf(node.ColumnRef.fields) : [];
  if (names.length !== 1) return reading.flows(node, scope);
  const [name = ''] = names;
  const ofOutput = columnOf({ columns: output.columns, open: [] }, name);
  if (prefersOutput && ofOutput !== null) return ofOutput;
  const isInput = scope.rows.columns.some((column) => column.name === name);
  if (!isInput && ofOutput !== null) return ofOutput;
  return findColumn(scope, names, reading) ?? ofOutput ?? [];
}
