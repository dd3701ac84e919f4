import { describe, expect, test } from 'vitest';
import { compareStates } from './compare.ts';

describe(compareStates, () => {
  const table = { kind: 'r p', columns: 'id integer', rows: '(1)\n(2)' };

  test('finds nothing between equal states', () => {
    expect(compareStates({ 'a.t': table }, { 'a.t': { ...table } })).toEqual([]);
  });

  test('names relations that only one of the two has', () => {
    expect(compareStates({ 'a.t': table }, { 'a.u': table })).toEqual([
      { what: 'a.t', property: 'existence', dbt: 'exists', ours: 'missing' },
      { what: 'a.u', property: 'existence', dbt: 'missing', ours: 'exists' },
    ]);
  });

  test('shows the rows that only one of the two has', () => {
    expect(compareStates({ 'a.t': table }, { 'a.t': { ...table, rows: '(1)\n(3)' } })).toEqual([
      { what: 'a.t', property: 'rows', dbt: '(2)', ours: '(3)' },
    ]);
  });
});
