import type { QueryResult } from '../warehouse/warehouse.ts';
import { hostFunction, hostObject, toPython, type HostObject, type Value } from './template-engine.ts';

/** What `run_query` and `load_result(…).table` answer: as much of agate's Table as templates use. */
export function queryTable(result: QueryResult): HostObject {
  const names = result.columns;
  const cells: readonly (readonly Value[])[] = result.rows.map((row) => row.map(toPython));
  const rows = cells.map((row) => rowValue(names, row));
  const columns = names.map((name, index) =>
    columnOf(
      name,
      cells.map((row) => row[index] ?? null),
    ),
  );
  return hostObject({
    typeName: 'Table',
    attributes: {
      rows: sequence(
        'MappedSequence',
        rows,
        rows.map((_, index) => String(index)),
      ),
      columns: sequence('MappedSequence', columns, names),
      column_names: [...names],
    },
    iterate: () => rows,
    size: () => rows.length,
    isTrue: () => true,
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
      values: hostFunction('values', () => [...values]),
      values_distinct: hostFunction('values_distinct', () => [...new Set(values)]),
      values_without_nulls: hostFunction('values_without_nulls', () => values.filter((value) => value !== null)),
    },
    iterate: () => values,
    item: (key) => (typeof key === 'number' ? values.at(key) : undefined),
    size: () => values.length,
    isTrue: () => true,
  });
}

/** Items that can be asked for by place and by name. */
function sequence(typeName: string, items: readonly Value[], names: readonly string[]): HostObject {
  const byName = (name: string): Value | undefined => (names.includes(name) ? items[names.indexOf(name)] : undefined);
  return hostObject({
    typeName,
    attributes: {
      keys: hostFunction('keys', () => [...names]),
      values: hostFunction('values', () => [...items]),
      items: hostFunction('items', () => names.map((name, index) => [name, items[index] ?? null])),
      dict: hostFunction('dict', () => new Map(names.map((name, index) => [name, items[index] ?? null]))),
      get: hostFunction(
        'get',
        ({ positional: [name, byDefault] }) =>
          (typeof name === 'string' ? byName(name) : undefined) ?? byDefault ?? null,
      ),
    },
    otherAttribute: byName,
    item: (key) => (typeof key === 'number' ? items.at(key) : typeof key === 'string' ? byName(key) : undefined),
    iterate: () => items,
    size: () => items.length,
    isTrue: () => items.length > 0,
  });
}
