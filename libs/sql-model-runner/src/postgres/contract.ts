import { translateType } from '../compile/column-value.ts';
import { enforcesContract } from '../compile/node-value.ts';
import { ModelRunnerError } from '../errors.ts';
import type { ColumnProperties, ConstraintProperties } from '../project/properties.ts';
import { isRecord } from '../project/yaml-cursor.ts';
import type { BuildRequest, RelationColumn, Session } from '../warehouse/warehouse.ts';
import { quoteIdentifier } from './identifier.ts';

/** The columns and constraints of a table whose contract is enforced, as SQL. */
export interface TableContract {
  /** Between the parentheses of `create table`. */
  readonly definition: string;
  /** The names, in the order of the contract. */
  readonly columns: readonly string[];
}

/**
 * Compares what a model selects with what its contract says.
 *
 * @returns null where no contract is enforced.
 * @throws ModelRunnerError naming each column that is missing, surplus or of another type.
 */
export async function enforceContract(
  session: Session,
  request: BuildRequest,
  render: (text: string) => string = (text) => text,
): Promise<TableContract | null> {
  const { node, config, sql } = request;
  if (!enforcesContract(config)) return null;
  const contract = config['contract'];
  const isVerbatim = isRecord(contract) && contract['alias_types'] === false;
  const columns = isVerbatim ? request.columns : request.columns.map(withPlainType);
  const untyped = columns.filter(({ dataType }) => dataType === null);
  if (columns.length === 0 || untyped.length > 0)
    throw new ModelRunnerError(
      `the contract of "${node.name}" is enforced: every column needs a data_type${untyped.length > 0 ? `; without one: ${untyped.map(({ name }) => name).join(', ')}` : ''}`,
      'terminal',
    );
  const [actual, wanted] = [await shapeOf(session, sql), await shapeOf(session, emptySelect(columns))];
  refuseDifference(node.name, actual, wanted);
  const constraints = (node.constraints ?? []).map((one) => tableConstraint(one, render));
  const definitions = columns.map((column) => columnDefinition(column, render));
  return {
    definition: [...definitions, ...constraints.filter((text) => text !== '')].join(',\n  '),
    columns: columns.map(nameOf),
  };
}

/** Unless `alias_types` is off, a type may be given in the words of dbt. */
function withPlainType(column: ColumnProperties): ColumnProperties {
  return column.dataType === null ? column : { ...column, dataType: translateType(column.dataType) };
}

function nameOf({ name, quote }: ColumnProperties): string {
  return quote === true ? quoteIdentifier(name) : name;
}

function emptySelect(columns: readonly ColumnProperties[]): string {
  return `select ${columns.map((column) => `cast(null as ${column.dataType ?? ''}) as ${nameOf(column)}`).join(', ')}`;
}

async function shapeOf(session: Session, sql: string): Promise<readonly RelationColumn[]> {
  const name = 'ovis_contract';
  await session.execute(
    `create temporary table ${name} on commit drop as select * from (\n${sql}\n) as __dbt_sbq where false`,
  );
  const found = await session.findRelation({ database: '', schema: '', identifier: name });
  const columns = found === null ? [] : await session.columnsOf(found);
  await session.execute(`drop table ${name}`);
  return columns;
}

/** Types that dbt does not tell apart: it sees them as its driver names them. */
const KINDS: Readonly<Record<string, string>> = {
  'character varying': 'text',
  character: 'text',
  '"char"': 'text',
  name: 'text',
  smallint: 'integer',
  real: 'double precision',
};

function kindOf(type: string): string {
  return KINDS[type] ?? type;
}

/** As dbt, which compares the types without their modifiers. */
function refuseDifference(model: string, actual: readonly RelationColumn[], wanted: readonly RelationColumn[]): void {
  const byName = (columns: readonly RelationColumn[]): ReadonlyMap<string, RelationColumn> =>
    new Map(columns.map((column) => [column.name.toLowerCase(), column]));
  const [given, needed] = [byName(actual), byName(wanted)];
  const lines = [...new Set([...needed.keys(), ...given.keys()])].toSorted().flatMap((name) => {
    const [is, should] = [given.get(name), needed.get(name)];
    if (is === undefined) return [`${name}: missing in the definition, in the contract ${should?.dataType ?? ''}`];
    if (should === undefined) return [`${name}: ${is.dataType} in the definition, missing in the contract`];
    return kindOf(is.dataType) === kindOf(should.dataType)
      ? []
      : [`${name}: ${is.dataType} in the definition, ${should.dataType} in the contract`];
  });
  if (lines.length === 0) return;
  throw new ModelRunnerError(
    `"${model}" does not keep its contract:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    'terminal',
  );
}

function columnDefinition(column: ColumnProperties, render: (text: string) => string): string {
  const constraints = (column.constraints ?? []).map((constraint) => inlineConstraint(constraint, render));
  return [nameOf(column), column.dataType, ...constraints].filter((part) => part !== '' && part !== null).join(' ');
}

function named({ name }: ConstraintProperties): string {
  return name === null ? '' : `constraint ${name} `;
}

function inlineConstraint(constraint: ConstraintProperties, render: (text: string) => string): string {
  const { type, expression, to, toColumns } = constraint;
  const more = expression === null ? '' : ` ${expression}`;
  switch (type) {
    case 'not_null':
      return `not null${more}`;
    case 'unique':
      return `unique${more}`;
    case 'primary_key':
      return `primary key${more}`;
    case 'check':
      return expression === null ? '' : `check (${expression})`;
    case 'foreign_key':
      if (to !== null) return `references ${render(to)} (${toColumns.join(', ')})`;
      return expression === null ? '' : `references ${expression}`;
    case 'custom':
      return expression ?? '';
    default:
      throw unknown(type);
  }
}

function tableConstraint(constraint: ConstraintProperties, render: (text: string) => string): string {
  const { type, expression, columns, to, toColumns } = constraint;
  const list = columns.join(', ');
  const more = expression === null ? '' : ` ${expression}`;
  switch (type) {
    case 'check':
      return expression === null ? '' : `${named(constraint)}check (${expression})`;
    case 'unique':
      return `${named(constraint)}unique${more} (${list})`;
    case 'primary_key':
      return `${named(constraint)}primary key${more} (${list})`;
    case 'foreign_key':
      if (to !== null)
        return `${named(constraint)}foreign key (${list}) references ${render(to)} (${toColumns.join(', ')})`;
      return expression === null ? '' : `${named(constraint)}foreign key (${list}) references ${expression}`;
    case 'custom':
      return expression === null ? '' : `${named(constraint)}${expression}`;
    default:
      throw unknown(type);
  }
}

function unknown(type: string): ModelRunnerError {
  return new ModelRunnerError(
    `a constraint has the type "${type}"; expected not_null, unique, primary_key, foreign_key, check or custom`,
    'terminal',
  );
}
