import { createTestDatabase } from '@ovis/dev-stack/testing';
import { parse } from 'libpg-query';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { queryLineage } from './query-lineage.ts';

const EXPRESSIONS = [
  'a',
  't.a',
  '(t).a',
  "doc['k']",
  'a + 1',
  "doc->'k'",
  'a::bigint',
  'null::date::text',
  "cast('1' as double precision)",
  'upper(b)',
  'pg_catalog.lower(b)',
  'coalesce(a, 1)',
  'greatest(a, 1)',
  'least(a, 1)',
  'nullif(a, 1)',
  'case when true then 1 end',
  'case when true then 1 else a end',
  'case when true then 1 else 2::int end',
  '(select a from t limit 1)',
  '(select a as k from t limit 1)',
  '(select a + 1 from t limit 1)',
  '(select 1 as k union select 2 limit 1)',
  'exists (select 1)',
  'array(select 1)',
  'array[1]',
  'row(1, 2)',
  'a in (select 1)',
  'a is null',
  'not true',
  'current_date',
  'current_timestamp(3)',
  'localtime',
  'current_user',
  'now()',
  'b collate "C"',
  'a between 1 and 2',
  'extract(epoch from now())',
  "now() at time zone 'UTC'",
  'trim(b)',
  'substring(b from 1 for 2)',
  "position('a' in b)",
  "overlay(b placing 'x' from 1)",
  "json_value(doc, '$.k')",
  "json_query(doc, '$.k')",
  "json_exists(doc, '$.k')",
  "json_object('k': 1)",
  'json_array(1, 2)',
  'json_scalar(1)',
  "json('1')",
  "json_serialize('1')",
  "interval '1 day'",
  "date '2024-01-01'",
  "'text'",
  'true',
  'null',
  'count(*) over ()',
  'row_number() over (order by a)',
];

test('names columns as PostgreSQL does', async () => {
  await using database = await createTestDatabase({ empty: true });
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query('create table t (a int, b text, doc jsonb)');
    const differing: unknown[] = [];
    for (const expression of EXPRESSIONS) {
      const sql = `select ${expression} from t`;
      const { fields } = await client.query({ text: sql, rowMode: 'array' });
      const { columns } = queryLineage(await parse(sql), () => ({
        id: 't',
        columns: ['a', 'b', 'doc'],
        isComplete: true,
      }));
      if (fields[0]?.name !== columns[0]?.name) differing.push([expression, fields[0]?.name, columns[0]?.name]);
    }
    expect(differing).toEqual([]);
  } finally {
    await client.end();
  }
});
