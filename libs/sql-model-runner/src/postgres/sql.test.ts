import { describe, expect, test } from 'vitest';
import { quoteIdentifier, quoteLiteral, renderRelation, withSuffix } from './identifier.ts';
import { appendSql, createIndexSql, createTableAsSql, createViewSql, deleteInsertSql, mergeSql } from './sql.ts';

const relation = { database: 'shop', schema: 'marts', identifier: 'daily' };
const write = {
  target: renderRelation(relation),
  source: '"daily__dbt_new"',
  columns: ['device_id', 'queried_at', 'Value'],
  uniqueKey: ['device_id', 'queried_at::date'],
  predicates: ['DBT_INTERNAL_DEST.queried_at > now() - interval $$7 days$$'],
};

describe('rendered statements', () => {
  test.each([
    ['create-table', createTableAsSql({ relation: write.target, sql: 'select 1 as a -- last line' })],
    [
      'create-unlogged-table',
      createTableAsSql({
        relation: write.target,
        sql: 'select 1 as a',
        isUnlogged: true,
        sqlHeader: 'set local work_mem = 1;',
      }),
    ],
    ['create-temporary-table', createTableAsSql({ relation: write.source, sql: 'select 1 as a', isTemporary: true })],
    ['create-view', createViewSql(write.target, 'select 1 as a', { orReplace: true })],
    [
      'create-index',
      createIndexSql(
        relation,
        { columns: ['device_id', 'lower(name)'], unique: true, type: 'btree' },
        '2024-01-01T00:00:00',
      ),
    ],
    ['append', appendSql(write)],
    ['delete-insert', deleteInsertSql(write).join(';\n')],
    ['delete-insert-without-key', deleteInsertSql({ ...write, uniqueKey: [] }).join(';\n')],
    ['merge', mergeSql({ ...write, uniqueKey: ['device_id'] }, ['"queried_at"', '"Value"'])],
    ['merge-without-key', mergeSql({ ...write, uniqueKey: [], predicates: [] }, [])],
  ])('%s', async (name, sql) => {
    await expect(`${sql}\n`).toMatchFileSnapshot(`golden/${name}.sql`);
  });
});

describe('names and literals', () => {
  test('are quoted so that no text ends them', () => {
    expect(quoteIdentifier('a"b')).toBe('"a""b"');
    expect(quoteLiteral("it's")).toBe("'it''s'");
    expect(quoteLiteral('a\\b')).toBe(" E'a\\\\b'");
  });

  test('are cut to what PostgreSQL keeps, counted in bytes', () => {
    expect(withSuffix({ ...relation, identifier: 'ä'.repeat(40) }, '__dbt_tmp').identifier).toBe(
      `${'ä'.repeat(27)}__dbt_tmp`,
    );
  });
});
