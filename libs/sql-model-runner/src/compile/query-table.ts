import type { QueryResult } from '../warehouse/warehouse.ts';
import { named } from './call-arguments.ts';
import { cellValue } from './cell-value.ts';
import {
  callValueSync,
  hostFunction,
  hostObject,
  toHost,
  PyTuple,
  toPython,
  toText,
  type HostObject,
  type Value,
} from './template-engine.ts';

/** Rows and names, behind a table. */
interface TableFacts {
  readonly names: readonly string[];
  readonly cells: readonly (readonly Value[])[];
}

/** What `run_query` and `load_result(…).table` answer: as much of agate's Table as templates use. */
export function queryTable(result: QueryResult): HostObject {
  const types = result.types ?? [];
  const cells = result.rows.map((row) => row.map((cell, column) => cellValue(cell, types[column] ?? '')));
  return tableValue({ names: result.columns, cells });
}

/** A table without rows: what a query answers when there is none. */
export function emptyTable(): HostObject {
  return tableValue({ names: [], cells: [] });
}

function tableValue(facts: TableFacts): HostObject {
  const { names, cells } = facts;
  const rows = cells.map((row) => rowValue(names, row));
  const columns = names.map((name, index) =>
    columnOf(
      name,
      cells.map((row) => row[index] ?? null),
    ),
  );
  const fn = hostFunction;
  const chosen = (indexes: readonly number[]): HostObject =>
    tableValue({
      names: indexes.map((at) => names[at] ?? ''),
      cells: cells.map((row) => indexes.map((at) => row[at] ?? null)),
    });
  const indexesOf = (value: Value | undefined): readonly number[] => {
    const host = toHost(value ?? null);
    const list = Array.isArray(host) ? (host as readonly unknown[]) : [host];
    return list.map((item) => names.indexOf(String(item))).filter((at) => at >= 0);
  };
  return hostObject({
    typeName: 'Table',
    attributes: {
      rows: sequence(
        'MappedSequence',
        rows,
        rows.map((_, index) => String(index)),
      ),
      columns: sequence('MappedSequence', columns, names),
      column_names: new PyTuple([...names]),
      select: fn('select', ({ positional: [wanted] }) => chosen(indexesOf(wanted))),
      exclude: fn('exclude', ({ positional: [unwanted] }) => {
        const left = indexesOf(unwanted);
        return chosen(names.map((_, at) => at).filter((at) => !left.includes(at)));
      }),
      rename: fn('rename', (args) => {
        const given = toHost(named(args, ['column_names'])['column_names'] ?? null) as
          Record<string, string> | readonly string[];
        const renamed = names.map((name, at) =>
          Array.isArray(given) ? String(given[at] ?? name) : ((given as Record<string, string>)[name] ?? name),
        );
        return tableValue({ names: renamed, cells });
      }),
      limit: fn('limit', ({ positional: [count] }) =>
        tableValue({ names, cells: cells.slice(0, Number(toHost(count ?? 0))) }),
      ),
      where: fn('where', ({ positional: [test] }) =>
        tableValue({
          names,
          cells: cells.filter(
            (_, at) => callValueSync(test ?? null, { positional: [rows[at] ?? null], keyword: new Map() }) === true,
          ),
        }),
      ),
      order_by: fn('order_by', (args) => {
        const [at = 0] = indexesOf(args.positional[0]);
        const sorted = cells.toSorted((a, b) => (toText(a[at] ?? null) < toText(b[at] ?? null) ? -1 : 1));
        return tableValue({ names, cells: args.keyword.get('reverse') === true ? sorted.toReversed() : sorted });
      }),
      print_table: fn('print_table', () => ''),
      print_csv: fn('print_csv', () => ''),
    },
    iterate: () => rows,
    size: () => rows.length,
    isTrue: () => true,
    host: facts,
  });
}

function rowValue(names: readonly string[], cells: readonly Value[]): HostObject {
  return sequence('Row', cells, names);
}

function columnOf(name: string, values: readonly Value[]): HostObject {
  return hostObject({
    typeName: 'Column',
    attributes: {
      name,
      values: hostFunction('values', () => new PyTuple(values)),
      values_distinct: hostFunction('values_distinct', () => new PyTuple(distinct(values))),
      values_without_nulls: hostFunction(
        'values_without_nulls',
        () => new PyTuple(values.filter((value) => value !== null)),
      ),
    },
    iterate: () => values,
    item: (key) => (typeof key === 'number' ? values.at(key) : undefined),
    size: () => values.length,
    isTrue: () => values.length > 0,
  });
}

function distinct(values: readonly Value[]): readonly Value[] {
  return [...new Map(values.map((value) => [toText(value), value])).values()];
}

/** Items that can be asked for by place and by name. */
function sequence(typeName: string, items: readonly Value[], names: readonly string[]): HostObject {
  const byName = (name: string): Value | undefined => (names.includes(name) ? items[names.indexOf(name)] : undefined);
  const dict = (): Map<string, Value> => new Map(names.map((name, index) => [name, items[index] ?? null]));
  return hostObject({
    typeName,
    attributes: {
      keys: hostFunction('keys', () => [...names]),
      values: hostFunction('values', () => new PyTuple(items)),
      items: hostFunction('items', () => names.map((name, index) => [name, items[index] ?? null])),
      dict: hostFunction('dict', dict),
      get: hostFunction(
        'get',
        ({ positional: [name, byDefault] }) =>
          (typeof name === 'string' ? byName(name) : undefined) ?? byDefault ?? null,
      ),
    },
    otherAttribute: byName,
    item: (key) =>
      typeof key === 'number' ? items.at(key) : typeof key === 'string' ? byName(key) : sliced(key, items),
    iterate: () => items,
    size: () => items.length,
    isTrue: () => items.length > 0,
    text: () => `<agate.${typeName}: (${items.map((item) => toText(item)).join(', ')})>`,
  });
}

function sliced(key: Value, items: readonly Value[]): Value | undefined {
  return key === null ? undefined : toPython([...items]);
}

/** The rows behind a table's value, for those who print them; null when it is none. */
export function tableFactsOf(value: Value): TableFacts | null {
  const host = (value as HostObject | null)?.definition?.host;
  return host !== null && typeof host === 'object' && 'cells' in host ? (host as TableFacts) : null;
}
