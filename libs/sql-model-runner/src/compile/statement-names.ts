import { ModelRunnerError } from '../errors.ts';
import type { QueryResult } from '../warehouse/warehouse.ts';
import { responseValue } from './adapter-value.ts';
import { named, textOf } from './call-arguments.ts';
import { fn, type NameTable } from './node-scope.ts';
import { emptyTable, queryTable } from './query-table.ts';
import type { RunContext } from './run-context.ts';
import { callValue, hostObject, toText, type Value } from './template-engine.ts';

/** `statement`, `run_query`, `load_result` and their kind. */
export function statementNames(context: Pick<RunContext, 'access'>): NameTable {
  const results = new Map<string, Value>();
  const query = async (sql: string): Promise<QueryResult> => {
    if (context.access) return context.access.execute(sql);
    throw new ModelRunnerError('a query while rendering needs a database; compile with a connection', 'terminal');
  };
  const keep = (name: string, table: Value, response: Value): Value => {
    const rows = (table as { iterate?: () => Iterable<Value> } | null)?.iterate?.() ?? [];
    results.set(name, hostObject({ typeName: 'result', attributes: { table, data: [...rows], response } }));
    return '';
  };
  return {
    run_query: () =>
      fn('run_query', async ({ positional: [sql] }) => {
        const result = await query(textOf(sql));
        return result.columns.length === 0 ? emptyTable() : queryTable(result);
      }),
    statement: () =>
      fn('statement', async (args) => {
        const { name, fetch_result: fetches } = named(args, ['name', 'fetch_result']);
        const caller = args.keyword.get('caller');
        if (caller === undefined)
          throw new ModelRunnerError(
            'statement() is used with a call block: {% call statement("name") %} … {% endcall %}',
            'terminal',
          );
        const result = await query(toText(await callValue(caller, { positional: [], keyword: new Map() })));
        const table = fetches === true ? queryTable(result) : emptyTable();
        return typeof name === 'string' ? keep(name, table, responseValue(result)) : '';
      }),
    load_result: () => fn('load_result', ({ positional: [name] }) => results.get(textOf(name)) ?? null),
    store_result: () =>
      fn('store_result', (args) => {
        const { name, response, agate_table: table } = named(args, ['name', 'response', 'agate_table']);
        return keep(textOf(name), table ?? emptyTable(), response ?? null);
      }),
    store_raw_result: () =>
      fn('store_raw_result', (args) => {
        const {
          name,
          message,
          agate_table: table,
        } = named(args, ['name', 'message', 'code', 'rows_affected', 'agate_table']);
        const response = hostObject({
          typeName: 'AdapterResponse',
          attributes: { _message: message ?? null },
          text: () => textOf(message),
        });
        return keep(textOf(name), table ?? emptyTable(), response);
      }),
  };
}
