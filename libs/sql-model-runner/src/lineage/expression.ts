import type { A_Expr, CaseExpr, FuncCall, JsonFuncExpr, Node, SubLink, WindowDef } from 'libpg-query';
import { asConditions, atPath, mergeFlows, transformed, type Flow } from './flow.ts';
import { readJsonPath, readTextArray } from './json-path.ts';
import { findColumn, findEntry, type QueryReading, type Scope } from './scope.ts';
import { childrenOf, constantOf, textOf, textsOf } from './tree.ts';

/** Functions whose result is one of their first argument's values. */
const KEEPING = new Set([
  'lag',
  'lead',
  'first_value',
  'last_value',
  'nth_value',
  'min',
  'max',
  'any_value',
  'to_json',
  'to_jsonb',
  'jsonb_strip_nulls',
  'json_strip_nulls',
]);
/** Functions that take a document and then keys. */
const EXTRACTING = new Set([
  'jsonb_extract_path',
  'jsonb_extract_path_text',
  'json_extract_path',
  'json_extract_path_text',
]);
/** Functions that take a document and a path of SQL/JSON. */
const QUERYING = new Set([
  'jsonb_path_query',
  'jsonb_path_query_first',
  'jsonb_path_query_tz',
  'jsonb_path_query_first_tz',
]);

type Kind = Node extends infer Each ? (Each extends unknown ? keyof Each : never) : never;
type Readers = {
  readonly [Name in Kind]?: (
    value: Extract<Node, Record<Name, unknown>>[Name],
    scope: Scope,
    reading: QueryReading,
  ) => readonly Flow[];
};

const READERS: Readers = {
  ColumnRef: ({ fields }, scope, reading) => columnFlows(fields ?? [], scope, reading),
  A_Expr: operatorFlows,
  A_Indirection: ({ arg, indirection }, scope, reading) => {
    const inner = mergeFlows(...(indirection ?? []).map((step) => stepFlows(step, scope, reading)));
    const path = (indirection ?? []).map(keyOfStep);
    const known = path.slice(0, path.indexOf(null) === -1 ? undefined : path.indexOf(null)) as readonly string[];
    const isRow = arg !== undefined && 'ColumnRef' in arg && (arg.ColumnRef.fields ?? []).length === 1;
    if (isRow && known.length === 1 && arg !== undefined && 'ColumnRef' in arg) {
      const names = [...textsOf(arg.ColumnRef.fields), ...known];
      const [name = ''] = names;
      if (!hasColumn(scope, name) && isEntry(scope, name)) return findColumn(scope, names, reading) ?? [];
    }
    const flows = atPath(reading.flows(arg, scope), known);
    return mergeFlows(known.length === path.length ? flows : transformed(flows), transformed(inner));
  },
  TypeCast: ({ arg }, scope, reading) => transformed(reading.flows(arg, scope), true),
  CollateClause: ({ arg }, scope, reading) => reading.flows(arg, scope),
  CoalesceExpr: ({ args }, scope, reading) => transformed(flowsOfAll(args, scope, reading), true),
  MinMaxExpr: ({ args }, scope, reading) => transformed(flowsOfAll(args, scope, reading), true),
  CaseExpr: caseFlows,
  SubLink: subLinkFlows,
  FuncCall: callFlows,
  JsonFuncExpr: jsonFunctionFlows,
  SelectStmt: (select, scope, reading) => {
    const { columns, conditions } = reading.query(select, scope);
    return mergeFlows(transformed(mergeFlows(...columns.map(({ flows }) => flows))), asConditions(conditions));
  },
};

/** Where the value of an expression comes from; expressions of a kind without a rule are computed from all that they hold. */
export function expressionFlows(node: Node | undefined, scope: Scope, reading: QueryReading): readonly Flow[] {
  if (node === undefined) return [];
  const [[kind, value] = []] = Object.entries(node) as [Kind, unknown][];
  const read =
    kind === undefined ? undefined : (READERS[kind] as ((...args: unknown[]) => readonly Flow[]) | undefined);
  if (read !== undefined) return read(value, scope, reading);
  return transformed(flowsOfAll(childrenOf(value), scope, reading));
}

function flowsOfAll(nodes: readonly Node[] | undefined, scope: Scope, reading: QueryReading): readonly Flow[] {
  return mergeFlows(...(nodes ?? []).map((node) => reading.flows(node, scope)));
}

function columnFlows(fields: readonly Node[], scope: Scope, reading: QueryReading): readonly Flow[] {
  const star = fields.findIndex((field) => 'A_Star' in field);
  if (star !== -1) {
    // `count(t.*)`: the row as a value.
    const names = textsOf(fields.slice(0, star));
    return names.length === 0 ? [] : transformed(findColumn(scope, names.slice(-1), reading) ?? [], true);
  }
  const names = textsOf(fields);
  // A name of four parts starts with the database.
  const found = findColumn(scope, names.length > 3 ? names.slice(1) : names, reading);
  if (found !== null) return found;
  if (names.length > 1) {
    // Not `entry.column`, so a field of a composite column or of a row.
    const field = findColumn(scope, names.slice(0, -1), reading);
    if (field !== null) return atPath(field, names.slice(-1));
  }
  reading.warn(`nothing is called "${names.join('.')}" there`);
  return [];
}

function hasColumn(scope: Scope, name: string): boolean {
  return scope.rows.columns.some((column) => column.name === name);
}

function isEntry(scope: Scope | null, name: string): boolean {
  for (let level = scope; level !== null; level = level.parent) if (findEntry(level, [name]) !== null) return true;
  return false;
}

function stepFlows(step: Node, scope: Scope, reading: QueryReading): readonly Flow[] {
  if (!('A_Indices' in step)) return [];
  const { lidx, uidx } = step.A_Indices;
  return mergeFlows(reading.flows(lidx, scope), reading.flows(uidx, scope));
}

/** The key that one step takes out; null where that is only known when it runs. */
function keyOfStep(step: Node): string | null {
  if ('String' in step) return textOf(step);
  if (!('A_Indices' in step) || step.A_Indices.is_slice === true) return null;
  return constantOf(step.A_Indices.uidx);
}

function operatorFlows({ kind, name, lexpr, rexpr }: A_Expr, scope: Scope, reading: QueryReading): readonly Flow[] {
  const left = reading.flows(lexpr, scope);
  const right = reading.flows(rexpr, scope);
  if (kind === 'AEXPR_NULLIF') return mergeFlows(transformed(left, true), asConditions(right));
  if (kind === 'AEXPR_OP') {
    const keys = keysOfOperator(textOf(name?.at(-1)), rexpr);
    if (keys !== null) return atPath(left, keys);
    if (textOf(name?.at(-1)) === '||') return transformed(mergeFlows(left, right));
  }
  return transformed(mergeFlows(left, right));
}

/** The keys that an operator on documents takes out; null for other operators, and for keys that are not constant. */
function keysOfOperator(operator: string, operand: Node | undefined): readonly string[] | null {
  if (operator === '->' || operator === '->>') {
    const key = constantOf(operand);
    return key === null ? null : [key];
  }
  if (operator !== '#>' && operator !== '#>>') return null;
  const text = constantOf(operand);
  if (text !== null) return readTextArray(text);
  const array = operand !== undefined && 'TypeCast' in operand ? operand.TypeCast.arg : operand;
  if (array === undefined || !('A_ArrayExpr' in array)) return null;
  const keys = (array.A_ArrayExpr.elements ?? []).map(constantOf);
  return keys.includes(null) ? null : (keys as readonly string[]);
}

/** The tests of a `case` choose what is seen: its value is computed from them too. */
function caseFlows({ arg, args, defresult }: CaseExpr, scope: Scope, reading: QueryReading): readonly Flow[] {
  const whens = (args ?? []).flatMap((when) => ('CaseWhen' in when ? [when.CaseWhen] : []));
  const results = flowsOfAll(
    [...whens.flatMap(({ result }) => result ?? []), ...(defresult ? [defresult] : [])],
    scope,
    reading,
  );
  const tests = flowsOfAll([...(arg ? [arg] : []), ...whens.flatMap(({ expr }) => expr ?? [])], scope, reading);
  return mergeFlows(transformed(results, true), transformed(tests));
}

function subLinkFlows(
  { subLinkType, subselect, testexpr }: SubLink,
  scope: Scope,
  reading: QueryReading,
): readonly Flow[] {
  if (subselect === undefined || !('SelectStmt' in subselect)) return [];
  const { columns, conditions } = reading.query(subselect.SelectStmt, scope);
  const values = mergeFlows(...columns.map(({ flows }) => flows));
  const tested = transformed(reading.flows(testexpr, scope));
  if (subLinkType === 'EXPR_SUBLINK') return mergeFlows(values, asConditions(conditions));
  // Whether there are rows is all that it says.
  if (subLinkType === 'EXISTS_SUBLINK') return conditions.map((flow) => ({ ...flow, usage: 'transform' as const }));
  return mergeFlows(transformed(values), tested, asConditions(conditions));
}

function callFlows(call: FuncCall, scope: Scope, reading: QueryReading): readonly Flow[] {
  const name = textOf(call.funcname?.at(-1));
  const args = call.args ?? [];
  const chosen = mergeFlows(
    flowsOfAll(call.agg_filter ? [call.agg_filter] : [], scope, reading),
    call.agg_within_group === true ? [] : flowsOfAll(call.agg_order, scope, reading),
    windowFlows(call.over, scope, reading),
  );
  return mergeFlows(
    functionFlows(name, args, scope, reading),
    // `percentile_cont(0.5) within group (order by x)` is computed from x.
    call.agg_within_group === true ? transformed(flowsOfAll(call.agg_order, scope, reading)) : [],
    asConditions(chosen),
  );
}

/** Where the result of a function comes from; also of one that stands in `from` and gives one column. */
export function functionFlows(
  name: string,
  args: readonly Node[],
  scope: Scope,
  reading: QueryReading,
): readonly Flow[] {
  const [first, ...others] = args;
  const document = reading.flows(first, scope);
  const rest = transformed(flowsOfAll(others, scope, reading));
  if (EXTRACTING.has(name)) {
    const keys = others.map(constantOf);
    if (!keys.includes(null)) return atPath(document, keys as readonly string[]);
  }
  const path = QUERYING.has(name) ? constantOf(others[0]) : null;
  if (path !== null) return mergeFlows(alongPath(document, path), rest);
  return mergeFlows(transformed(document, KEEPING.has(name)), rest);
}

/** What a path of SQL/JSON takes out of a document. */
export function alongPath(document: readonly Flow[], path: string): readonly Flow[] {
  const { keys, isWhole } = readJsonPath(path);
  const found = atPath(document, keys);
  return isWhole ? found : transformed(found);
}

function jsonFunctionFlows(call: JsonFuncExpr, scope: Scope, reading: QueryReading): readonly Flow[] {
  const document = reading.flows(call.context_item?.raw_expr, scope);
  const path = constantOf(call.pathspec);
  const others = transformed(flowsOfAll(childrenOf([call.passing, call.on_empty, call.on_error]), scope, reading));
  if (path === null) return mergeFlows(transformed(document), others);
  const found = alongPath(document, path);
  return mergeFlows(call.op === 'JSON_EXISTS_OP' ? transformed(found) : found, others);
}

/** What the rows of a window are chosen and ordered by. */
function windowFlows(over: WindowDef | undefined, scope: Scope, reading: QueryReading): readonly Flow[] {
  if (over === undefined) return [];
  const { name, refname, partitionClause, orderClause } = over;
  // `over w` names a window; `over (w order by …)`, and a window of the list, add to one.
  const base = scope.windows.get(refname ?? name ?? '');
  return mergeFlows(
    base === undefined || base === over ? [] : windowFlows(base, scope, reading),
    flowsOfAll(partitionClause, scope, reading),
    flowsOfAll(orderClause, scope, reading),
  );
}
