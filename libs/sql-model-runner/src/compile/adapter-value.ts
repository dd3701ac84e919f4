import { ModelRunnerError } from '../errors.ts';
import { suggestion } from '../project/suggestion.ts';
import type { RelationName } from '../project/project.ts';
import type { ExistingRelation, RelationColumn } from '../warehouse/warehouse.ts';
import { named, textOf } from './call-arguments.ts';
import { BUILTIN_PACKAGE } from './macro-library.ts';
import { fn } from './node-scope.ts';
import { columnValue, existingRelationValue, quote, relationNameOf, relationValue } from './relation-value.ts';
import { hostObject, type CallArguments, type Value } from './template-engine.ts';

/** What `adapter` asks of the database. */
export interface AdapterAccess {
  findRelation(name: RelationName): Promise<ExistingRelation | null>;
  columnsOf(relation: ExistingRelation): Promise<readonly RelationColumn[]>;
}

export interface AdapterOptions {
  /** Null while parsing: the database is not asked then, and answers are empty. */
  readonly access: AdapterAccess | null;
  readonly dispatch: (name: string, namespace: string | null) => Value | undefined;
  readonly macroNames: () => readonly string[];
  readonly database: string;
}

/** `adapter` in templates. */
export function adapterValue(options: AdapterOptions): Value {
  const { access } = options;
  return hostObject({
    typeName: 'adapter',
    attributes: {
      type: fn('type', () => 'postgres'),
      quote: fn('quote', ({ positional: [name] }) => quote(textOf(name))),
      dispatch: fn('dispatch', (args) => dispatched(options, args)),
      get_relation: fn(
        'get_relation',
        async_(access, null, (asked, args) => getRelation(asked, options.database, args)),
      ),
      get_columns_in_relation: fn('get_columns_in_relation', async_(access, [], getColumns)),
    },
  });
}

type Body = (access: AdapterAccess, args: CallArguments) => Promise<unknown>;

/** Answers `whileParsing` at once when there is no database to ask. */
function async_(access: AdapterAccess | null, whileParsing: unknown, body: Body): (args: CallArguments) => unknown {
  return access === null ? () => whileParsing : (args) => body(access, args);
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
  const name = {
    database: typeof database === 'string' ? database : defaultDatabase,
    schema: textOf(schema),
    identifier: textOf(identifier),
  };
  const found = await access.findRelation(name);
  return found === null ? null : existingRelationValue(found);
}

async function getColumns(access: AdapterAccess, args: CallArguments): Promise<readonly Value[]> {
  const { relation } = named(args, ['relation']);
  const name = relationNameOf(relation);
  if (name?.schema === undefined || name.identifier === undefined) return [];
  const found = await access.findRelation({
    database: name.database ?? '',
    schema: name.schema,
    identifier: name.identifier,
  });
  return found === null ? [] : (await access.columnsOf(found)).map(columnValue);
}

/** `api.Relation.create(…)` and `api.Column(…)`. */
export function apiValue(): Value {
  return hostObject({
    typeName: 'api',
    attributes: {
      Relation: hostObject({
        typeName: 'Relation',
        attributes: {
          create: fn('create', (args) => {
            const { database, schema, identifier, type } = named(args, ['database', 'schema', 'identifier', 'type']);
            const given = Object.entries({ database, schema, identifier }).filter(
              ([, value]) => typeof value === 'string',
            );
            return relationValue({
              name: Object.fromEntries(given),
              type: typeof type === 'string' ? type : null,
            });
          }),
        },
      }),
      Column: hostObject({
        typeName: 'Column',
        call: (args) => columnOf(args),
        attributes: {
          create: fn('create', (args) => columnOf(args)),
          translate_type: fn('translate_type', ({ positional: [type] }) =>
            textOf(type).toUpperCase() === 'STRING' ? 'TEXT' : type,
          ),
        },
      }),
    },
  });
}

function columnOf(args: CallArguments): Value {
  const { name, dtype } = named(args, ['name', 'dtype']);
  const type = textOf(dtype);
  return columnValue({
    name: textOf(name),
    dataType: type,
    fullType: type,
    charSize: null,
    numericPrecision: null,
    numericScale: null,
  });
}
