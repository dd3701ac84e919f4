import type { Node } from 'libpg-query';
import { textOf } from './tree.ts';

/** Kinds of expressions that are named for themselves. */
const OWN_NAMES: Readonly<Record<string, string>> = {
  CoalesceExpr: 'coalesce',
  A_ArrayExpr: 'array',
  RowExpr: 'row',
  GroupingFunc: 'grouping',
  XmlSerialize: 'xmlserialize',
  JsonObjectConstructor: 'json_object',
  JsonArrayConstructor: 'json_array',
  JsonArrayQueryConstructor: 'json_array',
  JsonObjectAgg: 'json_objectagg',
  JsonArrayAgg: 'json_arrayagg',
  JsonParseExpr: 'json',
  JsonScalarExpr: 'json_scalar',
  JsonSerializeExpr: 'json_serialize',
};

const JSON_FUNCTIONS: Readonly<Record<string, string>> = {
  JSON_EXISTS_OP: 'json_exists',
  JSON_QUERY_OP: 'json_query',
  JSON_VALUE_OP: 'json_value',
};

/** The name that PostgreSQL gives a column of a select list without `as`, as FigureColname in its parser does. */
export function columnNameOf(node: Node | undefined): string {
  return (node && nameOf(node)?.name) ?? '?column?';
}

/** A weak name gives way to a better one that stands around it. */
interface Name {
  readonly name: string;
  readonly isWeak: boolean;
}

const strong = (name: string): Name => ({ name, isWeak: false });

function nameOf(node: Node | undefined): Name | null {
  if (node === undefined) return null;
  const [kind] = Object.keys(node);
  const own = OWN_NAMES[kind ?? ''];
  if (own !== undefined) return strong(own);
  if ('ColumnRef' in node) return lastName(node.ColumnRef.fields);
  if ('A_Indirection' in node) return lastName(node.A_Indirection.indirection) ?? nameOf(node.A_Indirection.arg);
  if ('FuncCall' in node) return lastName(node.FuncCall.funcname);
  if ('A_Expr' in node) return node.A_Expr.kind === 'AEXPR_NULLIF' ? strong('nullif') : null;
  if ('TypeCast' in node) return nameOfCast(node.TypeCast);
  if ('CollateClause' in node) return nameOf(node.CollateClause.arg);
  if ('SubLink' in node) return nameOfSubLink(node.SubLink);
  if ('CaseExpr' in node) {
    const inner = nameOf(node.CaseExpr.defresult);
    return inner === null || inner.isWeak ? { name: 'case', isWeak: true } : inner;
  }
  if ('MinMaxExpr' in node) return strong(node.MinMaxExpr.op === 'IS_LEAST' ? 'least' : 'greatest');
  if ('SQLValueFunction' in node)
    return strong(
      (node.SQLValueFunction.op ?? '')
        .replace(/^SVFOP_|_N$/gu, '')
        .replace(/_N$/u, '')
        .toLowerCase(),
    );
  if ('XmlExpr' in node) return strong(`xml${(node.XmlExpr.op ?? '').replace('IS_XML', '').toLowerCase()}`);
  if ('JsonFuncExpr' in node) {
    const name = JSON_FUNCTIONS[node.JsonFuncExpr.op ?? ''];
    return name === undefined ? null : strong(name);
  }
  return null;
}

function nameOfCast({ arg, typeName }: Extract<Node, { TypeCast: unknown }>['TypeCast']): Name | null {
  const inner = nameOf(arg);
  if (inner !== null && !inner.isWeak) return inner;
  const type = lastName(typeName?.names);
  return type === null ? inner : { ...type, isWeak: true };
}

function nameOfSubLink({ subLinkType, subselect }: Extract<Node, { SubLink: unknown }>['SubLink']): Name | null {
  if (subLinkType === 'EXISTS_SUBLINK') return strong('exists');
  if (subLinkType === 'ARRAY_SUBLINK') return strong('array');
  if (subLinkType !== 'EXPR_SUBLINK' || subselect === undefined || !('SelectStmt' in subselect)) return null;
  let { SelectStmt: select } = subselect;
  while (select.larg) select = select.larg;
  const [target] = select.targetList ?? [];
  if (target === undefined || !('ResTarget' in target)) return null;
  const { name, val } = target.ResTarget;
  return name === undefined ? nameOf(val) : strong(name);
}

function lastName(names: readonly Node[] | undefined): Name | null {
  const name = names?.findLast((node) => 'String' in node);
  return name === undefined ? null : strong(textOf(name));
}
