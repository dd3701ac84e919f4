import { parse } from 'libpg-query';
import { describe, expect, test } from 'vitest';
import type { Flow } from './flow.ts';
import { queryLineage, type QueryLineage } from './query-lineage.ts';
import type { RelationReference, RelationShape } from './scope.ts';

const TABLES: Readonly<Record<string, readonly string[]>> = {
  t: ['id', 'a', 'b', 'doc'],
  's.u': ['id', 'c', 'n', 'at'],
};

/** `t` and `s.u` are known; of everything else nothing is. */
function shapeOf({ schema, name }: RelationReference): RelationShape {
  const id = schema === null ? name : `${schema}.${name}`;
  return { id, columns: TABLES[id] ?? [], isComplete: Object.hasOwn(TABLES, id) };
}

function written({ relation, column, path, usage }: Flow): string {
  const mark = { copy: '', transform: '~', condition: '?' }[usage];
  return `${mark}${[`${relation}.${column}`, ...path].join('->')}`;
}

async function read(sql: string): Promise<QueryLineage> {
  return queryLineage(await parse(sql), shapeOf);
}

/** Columns as `name: origins`, a `~` before what is computed from, a `?` before what only chooses; then `rows: …`. */
async function lineage(sql: string): Promise<string> {
  const { columns, conditions, open } = await read(sql);
  const list = (flows: readonly Flow[]): string => flows.map(written).toSorted().join(' ');
  const lines = columns.map(({ name, flows }) => `${name}: ${list(flows)}`.trim());
  if (open.length > 0) lines.push(`*: ${open.map(({ relation }) => relation ?? 'a function').join(' ')}`);
  if (conditions.length > 0) lines.push(`rows: ${list(conditions)}`);
  return lines.join(' | ');
}

describe(queryLineage, () => {
  test.each([
    ['select a, t.b as c, 1 as one from t', 'a: t.a | c: t.b | one:'],
    ['select * from t', 'id: t.id | a: t.a | b: t.b | doc: t.doc'],
    ['select x.* from s.u as x', 'id: s.u.id | c: s.u.c | n: s.u.n | at: s.u.at'],
    ['select s.u.c, "u".n from s.u', 'c: s.u.c | n: s.u.n'],
    ['select (t).a, (t).* from t', 'a: t.a | id: t.id | a: t.a | b: t.b | doc: t.doc'],
    ['select p, q from t as r (p, q)', 'p: t.id | q: t.a'],
    ['table t', 'id: t.id | a: t.a | b: t.b | doc: t.doc'],
    ['select db.s.u.c from db.s.u', 'c: s.u.c'],
  ])('columns and stars: %s', async (sql, expected) => expect(await lineage(sql)).toBe(expected));

  test.each([
    ['select a + b as x from t', 'x: ~t.a ~t.b'],
    ['select a::int, cast(b as date) from t', 'a: ~t.a | b: ~t.b'],
    ['select upper(a) from t', 'upper: ~t.a'],
    ['select coalesce(a, b) from t', 'coalesce: ~t.a ~t.b'],
    ["select case when a > 1 then b else 'x' end from t", 'case: ~t.a ~t.b'],
    ['select case a when 1 then b end as x from t', 'x: ~t.a ~t.b'],
    ['select nullif(a, b), greatest(a, b) from t', 'nullif: ?t.b ~t.a | greatest: ~t.a ~t.b'],
    ['select a is null as x, a in (1, b) as y, a between b and 3 as z from t', 'x: ~t.a | y: ~t.a ~t.b | z: ~t.a ~t.b'],
    ['select array[a, b] as x, row(a, b) as y from t', 'x: ~t.a ~t.b | y: ~t.a ~t.b'],
    ['select a collate "C" from t', 'a: t.a'],
    ['select a at time zone b as x from t', 'x: ~t.a ~t.b'],
    ['select to_jsonb(t) as x from t', 'x: ~t.a ~t.b ~t.doc ~t.id'],
    ['select count(*) as n, count(t.*) as m from t', 'n: | m: ~t.a ~t.b ~t.doc ~t.id'],
    ['select current_date, now(), exists (select 1) from t', 'current_date: | now: | exists:'],
  ])('expressions: %s', async (sql, expected) => expect(await lineage(sql)).toBe(expected));

  test.each([
    [
      "select doc->'k' as x, doc->'k'->>'l' as y, doc->0->'m' as z from t",
      'x: t.doc->k | y: t.doc->k->l | z: t.doc->0->m',
    ],
    ["select doc#>>'{k,\"l m\"}' as x, doc#>array['k', 'l'] as y from t", 'x: t.doc->k->l m | y: t.doc->k->l'],
    ['select doc->>a as x from t', 'x: ~t.a ~t.doc'],
    ["select (doc->>'k')::int as x from t", 'x: ~t.doc->k'],
    ["select doc['k']['l'] as x from t", 'x: t.doc->k->l'],
    ["select jsonb_extract_path_text(doc, 'k', 'l') as x from t", 'x: t.doc->k->l'],
    ["select jsonb_path_query_first(doc, '$.k.l') as x from t", 'x: t.doc->k->l'],
    ["select json_value(doc, 'strict $.k.l' returning int null on empty null on error) as x from t", 'x: t.doc->k->l'],
    ["select json_value(doc, 'strict $.k.timestamp_tz()' returning timestamptz) as x from t", 'x: ~t.doc->k'],
    [
      "select json_query(doc, '$.k[*].\"l m\"') as x, json_exists(doc, '$.k') as y from t",
      'x: t.doc->k->*->l m | y: ~t.doc->k',
    ],
    ["select json_value(doc, '$.k ? (@ > $v)' passing a as v) as x from t", 'x: ~t.a ~t.doc->k'],
    ["select coalesce(doc, '{}'::jsonb)->'k' as x from t", 'x: ~t.doc->k'],
    ["select x.d->'l' as l from (select doc->'k' as d from t) as x", 'l: t.doc->k->l'],
    ["select (doc || '{}')->'k' as x from t", 'x: ~t.doc'],
    ["select doc ? 'k' as x, doc @> '{}' as y from t", 'x: ~t.doc | y: ~t.doc'],
    ['select r.* from t, jsonb_to_record(doc) as r (k int, l text)', 'k: t.doc->k | l: t.doc->l'],
    ["select r.k from t, jsonb_to_recordset(doc->'list') as r (k int)", 'k: t.doc->list->*->k'],
    ['select r.k from t, jsonb_populate_record(null::some_type, doc) as r', 'k: t.doc->k'],
    ["select e->>'k' as x from t, jsonb_array_elements(doc->'list') as e", 'x: t.doc->list->*->k'],
    ["select e.value->>'k' as x from t cross join lateral jsonb_array_elements(doc) as e", 'x: t.doc->*->k'],
    ["select key, value->>'k' as x from t, jsonb_each(doc)", 'key: ~t.doc | x: t.doc->*->k'],
    ['select k, v from t, jsonb_each_text(doc) as e (k, v)', 'k: ~t.doc | v: t.doc->*'],
    [
      "select j.* from t, json_table(doc, '$.list[*]' columns (n for ordinality, k int, m text path '$.l.m', nested path '$.deep[*]' columns (d int))) as j",
      'n: | k: t.doc->list->*->k | m: t.doc->list->*->l->m | d: t.doc->list->*->deep->*->d',
    ],
  ])('documents: %s', async (sql, expected) => expect(await lineage(sql)).toBe(expected));

  test.each([
    ['select a from t where b > 1', 'a: t.a | rows: ?t.b'],
    ['select a, count(*) as n from t group by a having max(b) > 1', 'a: t.a | n: | rows: ?t.a ?t.b'],
    ['select a as k, sum(b) as n from t group by 1', 'k: t.a | n: ~t.b | rows: ?t.a'],
    ['select a + 1 as k from t group by k', 'k: ~t.a | rows: ?t.a'],
    ['select a as id from t group by id', 'id: t.a | rows: ?t.id'],
    ['select sum(a) filter (where b > 1) as n from t', 'n: ?t.b ~t.a'],
    ["select string_agg(a, ',' order by b) as n from t", 'n: ?t.b ~t.a'],
    ['select percentile_cont(0.5) within group (order by a) as n from t', 'n: ~t.a'],
    ['select a from t order by b', 'a: t.a'],
    ['select a from t order by b limit 1', 'a: t.a | rows: ?t.b'],
    ['select a as b from t order by b limit 1', 'b: t.a | rows: ?t.a'],
    ['select distinct on (id) a from t order by id, b', 'a: t.a | rows: ?t.b ?t.id'],
    ['select a, grouping(a) from t group by rollup (a, b)', 'a: t.a | grouping: ~t.a | rows: ?t.a ?t.b'],
  ])('filters and groups: %s', async (sql, expected) => expect(await lineage(sql)).toBe(expected));

  test.each([
    ['select t.a, u.c from t join s.u on t.id = u.id', 'a: t.a | c: s.u.c | rows: ?s.u.id ?t.id'],
    [
      'select * from t join s.u using (id)',
      'id: t.id | a: t.a | b: t.b | doc: t.doc | c: s.u.c | n: s.u.n | at: s.u.at | rows: ?s.u.id ?t.id',
    ],
    ['select id, c from t natural join s.u', 'id: t.id | c: s.u.c | rows: ?s.u.id ?t.id'],
    ['select id from t full join s.u using (id)', 'id: s.u.id t.id | rows: ?s.u.id ?t.id'],
    ['select id from t right join s.u using (id)', 'id: s.u.id | rows: ?s.u.id ?t.id'],
    ['select j.a, j.c from (t join s.u using (id)) as j', 'a: t.a | c: s.u.c | rows: ?s.u.id ?t.id'],
    ['select k.id, u.id as other from t join s.u using (id) as k', 'id: t.id | other: s.u.id | rows: ?s.u.id ?t.id'],
    ['select x.a, y.a as b from t as x, t as y where x.id = y.id', 'a: t.a | b: t.a | rows: ?t.id'],
    ['select a, c from t cross join s.u', 'a: t.a | c: s.u.c'],
  ])('joins: %s', async (sql, expected) => expect(await lineage(sql)).toBe(expected));

  test.each([
    ['with x as (select a as k from t) select k from x', 'k: t.a'],
    ['with x (k) as (select a from t where b > 1) select k from x', 'k: t.a | rows: ?t.b'],
    ['with x as (select a from t), y as (select a as z from x) select * from y', 'z: t.a'],
    ['with t as (select c as a from s.u) select a from t', 'a: s.u.c'],
    ['with x as (select a from t where b > 1) select c from s.u', 'c: s.u.c'],
    ['with x as (select 1 as a) select (with x as (select c from s.u) select c from x) as k from x', 'k: s.u.c'],
    [
      'with recursive r as (select id, a from t union all select u.id, r.a from r join s.u on u.n = r.id) select * from r',
      'id: s.u.id t.id | a: t.a | rows: ?s.u.id ?s.u.n ?t.id',
    ],
    [
      'with recursive r (k, depth) as (select a, 1 from t union all select c, depth + 1 from r join s.u on true) select k, depth from r',
      'k: s.u.c t.a | depth:',
    ],
    [
      "with recursive r as (select doc from t union all select doc->'next' from r) select doc->>'k' as k from r limit 1",
      'k: t.doc->k t.doc->next->k t.doc->next->next->k t.doc->next->next->next->k t.doc->next->next->next->next->k t.doc->next->next->next->next->next->k t.doc->next->next->next->next->next->next->k',
    ],
    [
      'with recursive r as (select id from t union all select n from r, s.u) cycle id set looped using trail select id, looped, trail from r',
      'id: s.u.n t.id | looped: ~s.u.n ~t.id | trail: ~s.u.n ~t.id',
    ],
  ])('common table expressions: %s', async (sql, expected) => expect(await lineage(sql)).toBe(expected));

  test.each([
    ['select a from t union all select c from s.u', 'a: s.u.c t.a'],
    ['select a, b from t union select n, 1 from s.u order by 1', 'a: s.u.n t.a | b: t.b'],
    ['select a from t except select c from s.u', 'a: t.a | rows: ?s.u.c ?t.a'],
    ['(select a from t limit 1) union all (select b from t) union all values (1)', 'a: t.a t.b'],
    ['values (1, 2)', 'column1: | column2:'],
    ['select x.k from (values (1), (2)) as x (k)', 'k:'],
  ])('sets: %s', async (sql, expected) => expect(await lineage(sql)).toBe(expected));

  test.each([
    ['select x.k from (select a as k from t where b = 1) as x', 'k: t.a | rows: ?t.b'],
    ['select a, (select c from s.u where u.id = t.id) as c from t', 'a: t.a | c: ?s.u.id ?t.id s.u.c'],
    ['select (select max(c) from s.u) from t', 'max: ~s.u.c'],
    ['select exists (select 1 from s.u where n = a) as x from t', 'x: ~s.u.n ~t.a'],
    ['select a in (select c from s.u) as x from t', 'x: ~s.u.c ~t.a'],
    [
      'select a from t where exists (select 1 from s.u where u.id = t.id and n > 1)',
      'a: t.a | rows: ?s.u.id ?s.u.n ?t.id',
    ],
    ['select array(select c from s.u order by at) from t', 'array: ~s.u.c'],
    [
      'select l.k from t cross join lateral (select n + t.a as k from s.u where u.id = t.id) as l',
      'k: ~s.u.n ~t.a | rows: ?s.u.id ?t.id',
    ],
    ['select a, b from (select c as a from s.u) as x, lateral (select x.a as b) as y', 'a: s.u.c | b: s.u.c'],
    ['select a, (select a from (select c as a from s.u) as x) as inner_a from t', 'a: t.a | inner_a: s.u.c'],
  ])('subqueries: %s', async (sql, expected) => expect(await lineage(sql)).toBe(expected));

  test.each([
    ['select lag(a) over (partition by id order by b) as p from t', 'p: ?t.b ?t.id ~t.a'],
    [
      'select sum(a) over w as p, row_number() over (w order by b) as r from t window w as (partition by id)',
      'p: ?t.id ~t.a | r: ?t.b ?t.id',
    ],
    ["select lag(doc) over (order by id)->>'k' as p from t", 'p: ?t.id ~t.doc->k'],
    ['select a from t window v as (w), w as (v)', 'a: t.a'],
  ])('windows: %s', async (sql, expected) => expect(await lineage(sql)).toBe(expected));

  test.each([
    ['select u from unnest(array[1, 2]) as u', 'u:'],
    ['select d.day from t, generate_series(t.a, t.b, 1) as d (day)', 'day: ~t.a ~t.b'],
    ['select x, n from t, unnest(a) with ordinality as e (x, n)', 'x: t.a->* | n:'],
    ['select f.p, f.q from t, some_function(t.a) as f', 'p: ~t.a | q: ~t.a'],
    ['select f.p from t, some_function(t.a) as f (p int, q text)', 'p: ~t.a'],
    ['select a from t tablesample system (1)', 'a: t.a'],
  ])('functions in from: %s', async (sql, expected) => expect(await lineage(sql)).toBe(expected));

  test.each([
    ['select * from s.secret', '*: s.secret'],
    ['select x.p from (select * from s.secret) as x', 'p: s.secret.p'],
    ['select a, p from t, s.secret', 'a: t.a | p: s.secret.p'],
    ["select p->>'k' as x from s.secret as z where z.q", 'x: s.secret.p->k | rows: ?s.secret.q'],
    ['select * from s.secret union all select * from t', 'id: t.id | a: t.a | b: t.b | doc: t.doc | *: s.secret'],
  ])('relations whose columns nobody knows: %s', async (sql, expected) => expect(await lineage(sql)).toBe(expected));

  test('says what cannot be told', async () => {
    expect((await read('select p from s.one, s.two')).warnings).toEqual([
      'the column "p" may be of any of s.one, s.two: their columns are not known',
    ]);
    expect((await read('select nosuch from t')).warnings).toEqual(['nothing is called "nosuch" there']);
    expect((await read('delete from t')).warnings).toHaveLength(1);
  });
});
