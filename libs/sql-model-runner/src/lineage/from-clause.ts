import type { JoinExpr, JsonTable, Node, RangeFunction, RangeSubselect, RangeVar } from 'libpg-query';
import { alongPath, functionFlows } from './expression.ts';
import {
  asConditions,
  atPath,
  columnOf,
  mergeFlows,
  NO_ROWS,
  transformed,
  type Flow,
  type FlowColumn,
  type OpenPart,
  type Rows,
} from './flow.ts';
import { renamed, type QueryReading, type RangeEntry, type RelationShape, type Scope } from './scope.ts';
import { childrenOf, constantOf, textOf, textsOf } from './tree.ts';

/** A part of `from`: the names that it brings, its columns without qualification, and what decides about its rows. */
export interface FromPart extends Rows {
  readonly entries: readonly RangeEntry[];
}

const NOTHING: FromPart = { ...NO_ROWS, entries: [] };

/** Puts two parts beside each other, without joined columns. */
export function besides(left: FromPart, right: FromPart): FromPart {
  return {
    entries: [...left.entries, ...right.entries],
    columns: [...left.columns, ...right.columns],
    open: [...left.open, ...right.open],
    conditions: mergeFlows(left.conditions, right.conditions),
  };
}

/** All of `from`, entry by entry: lateral ones see those before them. */
export function readFrom(items: readonly Node[], scope: Scope, reading: QueryReading): FromPart {
  let part = NOTHING;
  for (const item of items) part = besides(part, readItem(item, scope, part, reading));
  return part;
}

/** @param before what stands to its left, visible if it is lateral. */
function readItem(item: Node, scope: Scope, before: FromPart, reading: QueryReading): FromPart {
  if ('RangeVar' in item) return readRelation(item.RangeVar, scope, reading);
  if ('RangeSubselect' in item) return readSubselect(item.RangeSubselect, scope, before, reading);
  if ('JoinExpr' in item) return readJoin(item.JoinExpr, scope, before, reading);
  if ('RangeFunction' in item) return readFunction(item.RangeFunction, seeing(scope, before), reading);
  if ('JsonTable' in item) return readJsonTable(item.JsonTable, seeing(scope, before), reading);
  if ('RangeTableSample' in item && item.RangeTableSample.relation)
    return readItem(item.RangeTableSample.relation, scope, before, reading);
  if ('RangeTableFunc' in item) {
    const { columns = [], docexpr, rowexpr, alias } = item.RangeTableFunc;
    const inner = seeing(scope, before);
    const flows = transformed(mergeFlows(reading.flows(docexpr, inner), reading.flows(rowexpr, inner)));
    const named = columns.flatMap((column) =>
      'RangeTableFuncCol' in column ? [{ name: column.RangeTableFuncCol.colname ?? '', flows }] : [],
    );
    return entryOf({ columns: named, open: [] }, alias?.aliasname ?? 'xmltable', textsOf(alias?.colnames));
  }
  return NOTHING;
}

/** The scope in which a lateral entry, or the condition of a join, is read. */
function seeing(scope: Scope, part: FromPart): Scope {
  return {
    ...scope,
    entries: [...scope.entries, ...part.entries],
    rows: { columns: [...scope.rows.columns, ...part.columns], open: [...scope.rows.open, ...part.open] },
  };
}

function entryOf(
  rows: Pick<Rows, 'columns' | 'open'>,
  name: string,
  names: readonly string[],
  more: { readonly schema?: string; readonly conditions?: readonly Flow[]; readonly isScalar?: boolean } = {},
): FromPart {
  const visible = renamed(rows, names);
  return {
    ...visible,
    conditions: more.conditions ?? [],
    entries: [{ schema: more.schema ?? null, name, rows: visible, isScalar: more.isScalar ?? false }],
  };
}

function readRelation({ schemaname, relname = '', alias }: RangeVar, scope: Scope, reading: QueryReading): FromPart {
  const name = alias?.aliasname ?? relname;
  const names = textsOf(alias?.colnames);
  const cte = schemaname === undefined ? scope.ctes.get(relname) : undefined;
  if (cte !== undefined) return entryOf(cte, name, names, { conditions: cte.conditions });
  const shape = reading.shapeOf({ schema: schemaname ?? null, name: relname });
  const isAliased = alias !== undefined || schemaname === undefined;
  return entryOf(rowsOfShape(shape), name, names, isAliased ? {} : { schema: schemaname });
}

/** The rows of a relation of the catalog. */
export function rowsOfShape({ id, columns, isComplete }: RelationShape): Pick<Rows, 'columns' | 'open'> {
  const flow = (column: string): readonly Flow[] => [
    { relation: id, column, path: [], usage: 'copy', isDocument: true },
  ];
  const open: readonly OpenPart[] = isComplete ? [] : [{ relation: id, column: flow }];
  return { columns: columns.map((name) => ({ name, flows: flow(name) })), open };
}

function readSubselect(
  { subquery, alias, lateral }: RangeSubselect,
  scope: Scope,
  before: FromPart,
  reading: QueryReading,
): FromPart {
  if (subquery === undefined || !('SelectStmt' in subquery)) return NOTHING;
  // Without `lateral` a subquery sees the queries around, not its neighbours.
  const around = lateral === true ? seeing(scope, before) : { ...scope, entries: [], rows: NO_ROWS };
  const rows = reading.query(subquery.SelectStmt, around);
  return entryOf(rows, alias?.aliasname ?? '', textsOf(alias?.colnames), { conditions: rows.conditions });
}

function readJoin(join: JoinExpr, scope: Scope, before: FromPart, reading: QueryReading): FromPart {
  if (join.larg === undefined || join.rarg === undefined) return NOTHING;
  const left = readItem(join.larg, scope, before, reading);
  const right = readItem(join.rarg, scope, besides(before, left), reading);
  const both = besides(left, right);
  const shared = join.isNatural === true ? sharedNames(left, right, reading) : textsOf(join.usingClause);
  const merged = shared.map((name) => mergedColumn(name, left, right, join.jointype ?? 'JOIN_INNER'));
  const isMerged = ({ name }: FlowColumn): boolean => shared.includes(name);
  const columns = [...merged, ...both.columns.filter((column) => !isMerged(column))];
  const keys = shared.flatMap((name) => [columnOf(left, name) ?? [], columnOf(right, name) ?? []]);
  const on = join.quals === undefined ? [] : reading.flows(join.quals, seeing(scope, besides(before, both)));
  const conditions = mergeFlows(both.conditions, asConditions(mergeFlows(on, ...keys)));
  const alias = join.alias?.aliasname;
  if (alias !== undefined)
    return entryOf({ columns, open: both.open }, alias, textsOf(join.alias?.colnames), { conditions });
  const keyAlias = join.join_using_alias?.aliasname;
  const named: readonly RangeEntry[] =
    keyAlias === undefined
      ? []
      : [{ schema: null, name: keyAlias, rows: { columns: merged, open: [] }, isScalar: false }];
  return { entries: [...both.entries, ...named], columns, open: both.open, conditions };
}

/** `natural`: the columns that both sides have. */
function sharedNames(left: FromPart, right: FromPart, reading: QueryReading): readonly string[] {
  if (left.open.length > 0 || right.open.length > 0)
    reading.warn('a natural join reads relations whose columns are not known: which columns it joins by is a guess');
  const names = new Set(right.columns.map(({ name }) => name));
  return left.columns.map(({ name }) => name).filter((name) => names.has(name));
}

/** The side that a joined column is taken from. */
function mergedColumn(name: string, left: FromPart, right: FromPart, kind: string): FlowColumn {
  const [ofLeft, ofRight] = [columnOf(left, name) ?? [], columnOf(right, name) ?? []];
  if (kind === 'JOIN_FULL') return { name, flows: mergeFlows(ofLeft, ofRight) };
  return { name, flows: kind === 'JOIN_RIGHT' ? ofRight : ofLeft };
}

function readFunction(item: RangeFunction, scope: Scope, reading: QueryReading): FromPart {
  const calls = (item.functions ?? []).map((entry) => ('List' in entry ? (entry.List.items ?? []) : []));
  const name = item.alias?.aliasname;
  const results = calls.map(([call, definitions]) => {
    const list = definitions !== undefined && 'List' in definitions ? (definitions.List.items ?? []) : [];
    return readCall(
      call,
      list.length > 0 ? list : (item.coldeflist ?? []),
      calls.length === 1 ? name : undefined,
      scope,
      reading,
    );
  });
  const columns = results.flatMap((rows) => rows.columns);
  const open = results.flatMap((rows) => rows.open);
  const isScalar = columns.length === 1 && item.ordinality !== true;
  const all = item.ordinality === true ? [...columns, { name: 'ordinality', flows: [] }] : columns;
  const [[first] = []] = calls;
  return entryOf({ columns: all, open }, name ?? nameOfCall(first), textsOf(item.alias?.colnames), { isScalar });
}

function nameOfCall(call: Node | undefined): string {
  return call !== undefined && 'FuncCall' in call ? textOf(call.FuncCall.funcname?.at(-1)) : '';
}

/** The columns of a function that gives rows. @param alias names the column of one that gives single values. */
function readCall(
  call: Node | undefined,
  definitions: readonly Node[],
  alias: string | undefined,
  scope: Scope,
  reading: QueryReading,
): Pick<Rows, 'columns' | 'open'> {
  const name = nameOfCall(call);
  const args = call !== undefined && 'FuncCall' in call ? (call.FuncCall.args ?? []) : [];
  const isSet = name.endsWith('recordset');
  if (/^jsonb?_(?:to|populate)_record(?:set)?$/u.test(name)) {
    const document = reading.flows(args.at(-1), scope);
    const column = (key: string): readonly Flow[] => atPath(document, isSet ? ['*', key] : [key]);
    const named = definitions.flatMap((definition) =>
      'ColumnDef' in definition ? [definition.ColumnDef.colname ?? ''] : [],
    );
    return {
      columns: named.map((key) => ({ name: key, flows: column(key) })),
      open: named.length > 0 ? [] : [{ relation: null, column }],
    };
  }
  const values = callValues(name, call, args, scope, reading);
  if (/^jsonb?_each(?:_text)?$/u.test(name))
    return {
      columns: [
        { name: 'key', flows: transformed(values) },
        { name: 'value', flows: atPath(values, ['*']) },
      ],
      open: [],
    };
  if (/^jsonb?_array_elements(?:_text)?$/u.test(name))
    return { columns: [{ name: 'value', flows: atPath(values, ['*']) }], open: [] };
  if (definitions.length > 0)
    return {
      columns: definitions.flatMap((definition) =>
        'ColumnDef' in definition ? [{ name: definition.ColumnDef.colname ?? '', flows: values }] : [],
      ),
      open: [],
    };
  const single = { name: alias ?? name, flows: name === 'unnest' ? atPath(values, ['*']) : values };
  if (name === 'unnest' || SCALAR.has(name)) return { columns: [single], open: [] };
  // Of another function it is not known whether it gives rows of several columns.
  return { columns: [single], open: [{ relation: null, column: () => values }] };
}

/** Functions that are known to give one column. */
const SCALAR = new Set([
  'generate_series',
  'generate_subscripts',
  'jsonb_object_keys',
  'json_object_keys',
  'jsonb_path_query',
  'jsonb_path_query_tz',
  'regexp_split_to_table',
  'string_to_table',
  'regexp_matches',
]);

/** What goes into a function, or, for those that take documents apart, the document itself. */
function callValues(
  name: string,
  call: Node | undefined,
  args: readonly Node[],
  scope: Scope,
  reading: QueryReading,
): readonly Flow[] {
  if (/^jsonb?_(?:each|array_elements)|^unnest$/u.test(name))
    return mergeFlows(...args.map((arg) => reading.flows(arg, scope)));
  return call !== undefined && 'FuncCall' in call
    ? functionFlows(name, args, scope, reading)
    : transformed(reading.flows(call, scope));
}

function readJsonTable(table: JsonTable, scope: Scope, reading: QueryReading): FromPart {
  const document = reading.flows(table.context_item?.raw_expr, scope);
  const row = alongPath(document, constantOf(table.pathspec?.string) ?? '$');
  const passed = transformed(mergeFlows(...childrenOf(table.passing).map((node) => reading.flows(node, scope))));
  const columns = jsonTableColumns(table.columns ?? [], row).map(({ name, flows }) => ({
    name,
    flows: mergeFlows(flows, passed),
  }));
  return entryOf({ columns, open: [] }, table.alias?.aliasname ?? 'json_table', textsOf(table.alias?.colnames));
}

function jsonTableColumns(columns: readonly Node[], row: readonly Flow[]): readonly FlowColumn[] {
  return columns.flatMap((node): readonly FlowColumn[] => {
    if (!('JsonTableColumn' in node)) return [];
    const { coltype, name = '', pathspec, columns: nested = [] } = node.JsonTableColumn;
    const path = constantOf(pathspec?.string);
    if (coltype === 'JTC_NESTED') return jsonTableColumns(nested, path === null ? row : alongPath(row, path));
    if (coltype === 'JTC_FOR_ORDINALITY') return [{ name, flows: [] }];
    const flows = path === null ? atPath(row, [name]) : alongPath(row, path);
    return [{ name, flows: coltype === 'JTC_EXISTS' ? transformed(flows) : flows }];
  });
}
