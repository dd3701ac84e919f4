import { ModelRunnerError } from '../errors.ts';
import { suggestion } from '../project/suggestion.ts';
import { md5 } from '../project/md5.ts';
import type { RelationName } from '../project/project.ts';
import type { ExistingRelation, QueryResult, RelationColumn } from '../warehouse/warehouse.ts';
import { named, textOf } from './call-arguments.ts';
import { columnClass, columnValue } from './column-value.ts';
import { BUILTIN_PACKAGE } from './macro-library.ts';
import { fn } from './node-scope.ts';
import { emptyTable, queryTable } from './query-table.ts';
import { existingRelationValue, quote, relationClass, relationNameOf } from './relation-value.ts';
import { hostObject, toHost, type CallArguments, type Value } from './template-engine.ts';

/** What `adapter` asks of the database. */
export interface AdapterAccess {
  execute(sql: string): Promise<QueryResult>;
  findRelation(name: RelationName): Promise<ExistingRelation | null>;
  columnsOf(relation: ExistingRelation): Promise<readonly RelationColumn[]>;
  listRelations(schema: string): Promise<readonly ExistingRelation[]>;
  /** Makes what the templates did so far last. */
  commit(): Promise<void>;
}

export interface AdapterOptions {
  /** Null while parsing: the database is not asked then, and answers are empty. */
  readonly access: AdapterAccess | null;
  readonly dispatch: (name: string, namespace: string | null) => Value | undefined;
  readonly macroNames: () => readonly string[];
  readonly database: string;
  /** Calls a macro that a project may override. */
  readonly callMacro: (name: string, positional: readonly Value[]) => Value | Promise<Value>;
}

/** `adapter` in templates. */
export function adapterValue(options: AdapterOptions): Value {
  const methods = { ...plainMethods(options), ...readingMethods(options), ...changingMethods(options) };
  return hostObject({
    typeName: 'adapter',
    attributes: {
      ...Object.fromEntries(Object.entries(methods).map(([name, run]) => [name, fn(name, run)])),
      Relation: relationClass(),
      Column: columnClass(),
      behavior: hostObject({ typeName: 'Behavior', otherAttribute: () => false }),
    },
  });
}

type Methods = Readonly<Record<string, (args: CallArguments) => unknown>>;

function plainMethods(options: AdapterOptions): Methods {
  return {
    type: () => 'postgres',
    quote: ({ positional: [name] }) => quote(textOf(name)),
    quote_as_configured: ({ positional: [name] }) => quote(textOf(name)),
    quote_seed_column: ({ positional: [name, isQuoted] }) => (isQuoted === true ? quote(textOf(name)) : textOf(name)),
    dispatch: (args) => dispatched(options, args),
    verify_database: () => '',
    standardize_grants_dict: ({ positional: [table] }) => grantsOf(table),
    get_hard_deletes_behavior: ({ positional: [config] }) => hardDeletes(config),
    valid_incremental_strategies: () => ['append', 'delete+insert', 'merge', 'microbatch'],
    builtin_incremental_strategies: () => ['append', 'delete+insert', 'merge', 'insert_overwrite', 'microbatch'],
    parse_index: ({ positional: [index] }) => indexValue(index),
    is_replaceable: () => true,
    cache_added: () => '',
    cache_dropped: () => '',
    cache_renamed: () => '',
    debug_query: () => '',
    nice_connection_name: () => 'master',
    get_incremental_strategy_macro: ({ positional: [, strategy] }) => {
      const name = `get_incremental_${textOf(strategy).replaceAll('+', '_')}_sql`;
      return (
        options.dispatch(name, BUILTIN_PACKAGE) ?? fn(name, ({ positional }) => options.callMacro(name, positional))
      );
    },
  };
}

/** Answers `whileParsing` at once when there is no database to ask. */
function asking(
  { access }: AdapterOptions,
  whileParsing: unknown,
  body: (access: AdapterAccess, args: CallArguments) => Promise<unknown>,
): (args: CallArguments) => unknown {
  return access === null ? () => whileParsing : (args) => body(access, args);
}

function readingMethods(options: AdapterOptions): Methods {
  return {
    get_relation: asking(options, null, (access, args) => getRelation(access, options.database, args)),
    get_columns_in_relation: asking(options, [], async (access, args) => {
      const { relation } = named(args, ['relation']);
      return (await columnsIn(access, relation)).map(columnValue);
    }),
    get_missing_columns: asking(options, [], async (access, args) => {
      const { from_relation: from, to_relation: to } = named(args, ['from_relation', 'to_relation']);
      const known = new Set((await columnsIn(access, to)).map(({ name }) => name));
      return (await columnsIn(access, from)).filter(({ name }) => !known.has(name)).map(columnValue);
    }),
    list_relations: asking(options, [], async (access, args) => {
      const { schema } = named(args, ['database', 'schema']);
      return (await access.listRelations(textOf(schema))).map(existingRelationValue);
    }),
    list_relations_without_caching: asking(options, [], async (access, args) => {
      const { schema } = named(args, ['schema_relation']);
      const name = relationNameOf(args.positional[0] ?? args.keyword.get('schema_relation'));
      return (await access.listRelations(name?.schema ?? textOf(schema))).map(existingRelationValue);
    }),
    check_schema_exists: asking(options, false, async (access, args) => {
      const { schema } = named(args, ['database', 'schema']);
      return schemaExists(access, textOf(schema));
    }),
    list_schemas: asking(options, [], async (access) => {
      const { rows } = await access.execute('select nspname::text from pg_catalog.pg_namespace order by 1');
      return rows.map(([name]) => name);
    }),
    already_exists: asking(options, false, async (access, args) => {
      const { schema, name } = named(args, ['schema', 'name']);
      const found = { database: options.database, schema: textOf(schema), identifier: textOf(name) };
      return (await access.findRelation(found)) !== null;
    }),
    get_column_schema_from_query: asking(options, [], async (access, { positional: [sql] }) =>
      queryColumns(access, textOf(sql)),
    ),
    execute: asking(options, ['', emptyTable()], async (access, args) => {
      const { sql, fetch } = named(args, ['sql', 'auto_begin', 'fetch']);
      const result = await access.execute(textOf(sql));
      return [responseValue(result), fetch === true ? queryTable(result) : emptyTable()];
    }),
  };
}

/** What changes the database goes through macros, so that a project's overrides of them count. */
function changingMethods(options: AdapterOptions): Methods {
  const byMacro = (macro: string): ((args: CallArguments) => unknown) =>
    options.access === null
      ? () => ''
      : (args) => options.callMacro(macro, [...args.positional, ...args.keyword.values()]);
  return {
    create_schema: byMacro('create_schema'),
    drop_schema: byMacro('drop_schema'),
    drop_relation: byMacro('drop_relation'),
    truncate_relation: byMacro('truncate_relation'),
    rename_relation: byMacro('rename_relation'),
    commit: asking(options, '', async (access) => {
      await access.commit();
      return '';
    }),
    expand_target_column_types: asking(options, '', async (access, args) => {
      const { from_relation: from, to_relation: to } = named(args, ['from_relation', 'to_relation']);
      const wider = new Map((await columnsIn(access, from)).map((column) => [column.name, column]));
      for (const column of await columnsIn(access, to)) {
        const other = wider.get(column.name);
        if (other && widens(column, other)) {
          const type = `character varying(${other.charSize ?? 256})`;
          await options.callMacro('alter_column_type', [to ?? null, column.name, type]);
        }
      }
      return '';
    }),
    assert_valid_snapshot_target_given_strategy: asking(options, '', async (access, { positional: [relation] }) => {
      const names = (await columnsIn(access, relation)).map(({ name }) => name);
      if (!names.includes('dbt_scd_id'))
        throw new ModelRunnerError('the snapshot table lacks the columns that dbt adds', 'terminal');
      return '';
    }),
  };
}

const STRINGS = new Set(['text', 'character varying', 'character']);

/** Whether dbt widens a column for another: only texts of a bounded length. */
export function widens(column: RelationColumn, other: RelationColumn): boolean {
  const isBounded = column.dataType === 'character varying' && column.charSize !== null;
  return isBounded && STRINGS.has(other.dataType) && (other.charSize ?? 256) > (column.charSize ?? 0);
}

function dispatched(options: AdapterOptions, args: CallArguments): Value {
  const { macro_name: macroName, macro_namespace: namespace } = named(args, ['macro_name', 'macro_namespace']);
  const name = textOf(macroName);
  const found = options.dispatch(name, typeof namespace === 'string' ? namespace : null);
  if (found !== undefined) return found;
  const known = options.macroNames().map((macro) => macro.replace(/^(?:postgres|default)__/u, ''));
  throw new ModelRunnerError(
    `adapter.dispatch finds no macro "postgres__${name}" or "default__${name}" in ${typeof namespace === 'string' ? `"${namespace}" or ` : ''}the project or "${BUILTIN_PACKAGE}"${suggestion(name, known)}`,
    'terminal',
  );
}

async function getRelation(access: AdapterAccess, defaultDatabase: string, args: CallArguments): Promise<Value> {
  const { database, schema, identifier } = named(args, ['database', 'schema', 'identifier']);
  if (typeof schema !== 'string' || typeof identifier !== 'string') return null;
  const name = { database: typeof database === 'string' ? database : defaultDatabase, schema, identifier };
  const found = await access.findRelation(name);
  return found === null ? null : existingRelationValue(found);
}

async function columnsIn(access: AdapterAccess, relation: Value | undefined): Promise<readonly RelationColumn[]> {
  const name = relationNameOf(relation);
  if (name?.identifier === undefined) return [];
  const known = { database: name.database ?? '', schema: name.schema ?? '', identifier: name.identifier };
  const found = await access.findRelation(known);
  return found === null ? [] : access.columnsOf(found);
}

async function schemaExists(access: AdapterAccess, schema: string): Promise<boolean> {
  const { rows } = await access.execute(
    `select exists (select from pg_catalog.pg_namespace where nspname = '${schema.replaceAll("'", "''")}')`,
  );
  return rows[0]?.[0] === true;
}

/** The columns of a query, without its rows. */
export async function queryColumns(access: Pick<AdapterAccess, 'execute'>, sql: string): Promise<readonly Value[]> {
  const { columns, typeNames = [] } = await access.execute(
    `select * from (\n${sql}\n) as __dbt_sbq where false limit 0`,
  );
  return columns.map((name, index) => {
    const type = typeNames[index] ?? '';
    return columnValue({
      name,
      dataType: type,
      fullType: type,
      charSize: null,
      numericPrecision: null,
      numericScale: null,
    });
  });
}

/** What a statement answered, as `load_result(…).response`. */
export function responseValue(result: QueryResult): Value {
  const text = result.rowCount === null ? 'OK' : `${result.command ?? 'SELECT'} ${result.rowCount}`;
  return hostObject({
    typeName: 'AdapterResponse',
    attributes: { _message: text, code: result.command ?? 'OK', rows_affected: result.rowCount ?? -1 },
    text: () => text,
    isTrue: () => true,
  });
}

/** Rows of (grantee, privilege) as a mapping of privileges to grantees. */
function grantsOf(table: Value | undefined): Readonly<Record<string, readonly string[]>> {
  const grants: Record<string, string[]> = {};
  const rows = (table as { iterate?: () => Iterable<Value> } | undefined)?.iterate?.() ?? [];
  for (const row of rows) {
    const cells = [...((row as { iterate?: () => Iterable<Value> }).iterate?.() ?? [])].map(textOf);
    (grants[cells[1] ?? ''] ??= []).push(cells[0] ?? '');
  }
  return grants;
}

/** `hard_deletes`, or the older `invalidate_hard_deletes`. */
function hardDeletes(config: Value | undefined): string {
  const get = (config as { attribute?: (name: string) => Value | undefined } | undefined)?.attribute?.('get');
  const ask = (key: string): unknown =>
    toHost(
      (get as { callSync?: (args: CallArguments) => Value } | undefined)?.callSync?.({
        positional: [key],
        keyword: new Map(),
      }) ?? null,
    );
  const given = ask('hard_deletes');
  if (typeof given === 'string') return given;
  return ask('invalidate_hard_deletes') === true ? 'invalidate' : 'ignore';
}

function indexValue(index: Value | undefined): Value {
  const {
    columns = [],
    unique = false,
    type = null,
  } = (toHost(index ?? null) ?? {}) as Readonly<Record<string, unknown>>;
  const list = (Array.isArray(columns) ? columns : [columns]).map(String);
  return hostObject({
    typeName: 'PostgresIndexConfig',
    attributes: {
      columns: list,
      unique: unique === true,
      type: typeof type === 'string' ? type : null,
      render: fn('render', ({ positional: [relation] }) =>
        md5(
          [
            ...list,
            textOf(relation),
            unique === true ? 'True' : 'False',
            typeof type === 'string' ? type : 'None',
            new Date().toISOString(),
          ].join('_'),
        ),
      ),
    },
    isTrue: () => true,
  });
}

/** `api.Relation.create(…)` and `api.Column(…)`. */
export function apiValue(): Value {
  return hostObject({ typeName: 'api', attributes: { Relation: relationClass(), Column: columnClass() } });
}
