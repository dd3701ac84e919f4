import { describe, expect, test } from 'vitest';
import { compareCompiled } from './compare-compiled.ts';

describe(compareCompiled, () => {
  test('takes no notice of blanks, comments and needless parentheses', async () => {
    expect(await compareCompiled({ 'a.sql': 'select (1) as x -- one' }, { 'a.sql': '\n\nselect 1\n  as x' })).toEqual(
      [],
    );
  });

  test('shows where statements part', async () => {
    expect(await compareCompiled({ 'a.sql': 'select 1 as x' }, { 'a.sql': 'select 2 as x' })).toEqual([
      { what: 'compiled a.sql', property: 'statement', dbt: 'select 1 as x', ours: 'select 2 as x' },
    ]);
  });

  test('takes notice of blanks within texts', async () => {
    expect(await compareCompiled({ 'a.sql': `select 'a b'` }, { 'a.sql': `select 'a  b'` })).toHaveLength(1);
  });

  test('compares what is no statement as text', async () => {
    expect(await compareCompiled({ 'a.sql': 'selekt  1' }, { 'a.sql': 'selekt 1' })).toEqual([]);
    expect(await compareCompiled({ 'a.sql': 'selekt 1' }, { 'a.sql': 'selekt 2' })).toHaveLength(1);
  });

  test('leaves out files that only one of the two has, and what comes from YAML', async () => {
    const yaml = { 'p/models/s.yml/not_null.sql': 'select 1' };
    expect(
      await compareCompiled({ 'a.sql': '', ...yaml }, { 'b.sql': '', 'p/models/s.yml/not_null.sql': 'x' }),
    ).toEqual([]);
  });
});
