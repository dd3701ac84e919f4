import { describe, expect, test } from 'vitest';
import { configLevels, mergeConfig } from './config.ts';

describe(configLevels, () => {
  const tree = {
    materialized: 'view',
    '+tags': 'all',
    shop: {
      '+schema': 'a',
      staging: { '+materialized': 'table', stg_orders: { '+enabled': false } },
      docs: { show: true },
    },
    other_package: { '+materialized': 'ephemeral' },
  };

  test('gives each level along the path, the most general first', () => {
    expect(configLevels(tree, ['shop', 'staging', 'stg_orders'])).toEqual([
      { materialized: 'view', tags: 'all' },
      { schema: 'a' },
      { materialized: 'table' },
      { enabled: false },
    ]);
  });

  test('takes mappings without a plus for folders', () => {
    expect(configLevels(tree, ['shop', 'marts', 'x'])).toEqual([
      { materialized: 'view', tags: 'all' },
      { schema: 'a' },
    ]);
  });

  test('has nothing where there is no tree', () => {
    expect(configLevels(undefined, ['shop', 'a'])).toEqual([]);
  });
});

describe(mergeConfig, () => {
  test('adds up tags and hooks, in both spellings', () => {
    const base = { tags: 'a', pre_hook: 'select 1' };
    expect(mergeConfig(base, { tags: ['b', 'a'], 'pre-hook': ['select 2'] })).toEqual({
      tags: ['a', 'b'],
      pre_hook: ['select 1', 'select 2'],
    });
  });

  test('merges meta and column types key by key, and replaces lists', () => {
    const base = { meta: { a: 1, b: 1 }, column_types: { x: 'int' }, unique_key: ['a', 'b'] };
    expect(mergeConfig(base, { meta: { b: 2 }, column_types: { y: 'text' }, unique_key: 'c' })).toEqual({
      meta: { a: 1, b: 2 },
      column_types: { x: 'int', y: 'text' },
      unique_key: 'c',
    });
  });

  test('replaces grants of a privilege unless it is written with a plus', () => {
    const base = { grants: { select: ['a'], insert: ['a'] } };
    expect(mergeConfig(base, { grants: { '+select': 'b', insert: ['c'] } })).toEqual({
      grants: { select: ['a', 'b'], insert: ['c'] },
    });
  });
});
