import { quoteName, quoteTable } from './quote.ts';
import type { RawColumn, RawTable } from './raw-table.ts';
import { STAGE_ORDINAL } from './stage-statements.ts';

/**
 * Takes out of the stage the claims of a key that lose against another one there, and counts them: `part`, `rows`. Between claims that
 * tie in all ranks the later one wins. `$1` are the first ordinals of the batch's parts.
 */
export function dropDuplicatesStatement(table: RawTable, stage: string): string {
  const key = table.key.map(quoteName);
  const ranks = (table.precedence ?? []).map((rank) => `(${rank('staged')}) desc nulls last`);
  const ordinal = quoteName(STAGE_ORDINAL);
  return `with ranked as (
  select ${ordinal}, row_number() over (
    partition by ${key.join(', ')}
    order by ${[...ranks, `${ordinal} desc`].join(', ')}
  ) as place
  from ${stage} as staged
), lost as (
  delete from ${stage} as staged
  using ranked
  where ranked.place > 1 and staged.${ordinal} = ranked.${ordinal}
  returning ${partOf('staged')} as part
)
select part, count(*)::int as rows
from lost
group by part`;
}

/**
 * Takes out of the stage the claims that are stored already, word for word: an upsert would lock each of these rows, which is written to
 * the log. By the key's index, whatever the planner thinks of a stage that it has no statistics of.
 */
export function dropStoredStatement(table: RawTable, stage: string): string {
  const isKey = table.key.map(quoteName).map((column) => `stored.${column} = staged.${column}`);
  return `set local enable_hashjoin = off; set local enable_mergejoin = off;
delete from ${stage} as staged
using ${quoteTable(table)} as stored
where ${isKey.join(' and ')}
  and not ${differs(table, 'stored', 'staged')};
set local enable_hashjoin to default; set local enable_mergejoin to default`;
}

/**
 * The upsert of a stage without duplicates, and what it did, a row a part, kind of change and day:
 * `part`, `inserted` (or updated), `day` (`YYYY-MM-DD`), `old_day` (that of the row before it was updated), `rows`.
 *
 * A stored row is left alone, not even rewritten, if it says the same or wins itself. Rows are taken in the order of their keys, so that
 * two loaders lock them in the same order.
 *
 * @param isShared whether the batch has several parts, of which `$1` are the first ordinals; otherwise `part` is left out, and what was
 *   merged is not joined back.
 */
export function mergeStatement(table: RawTable, stage: string, isShared: boolean): string {
  const columns = [...table.columns.map(({ name }) => quoteName(name)), quoteName('payload')];
  const key = table.key.map(quoteName);
  const assignments = columns
    .filter((column) => !key.includes(column))
    .map((column) => `${column} = excluded.${column}`);
  const day = (row: string): string => `to_char(${utcDayOf(table, row)}, 'YYYY-MM-DD')`;
  // Names of our own: those of the key stand beside them.
  const [inserted, newDay, oldDay] = ['inserted', 'day', 'old_day'].map((name) => quoteName(`ovis_raw_loader_${name}`));
  const facts = `merged.${inserted!} as inserted, merged.${newDay!} as day, merged.${oldDay!} as old_day, count(*)::int as rows`;
  const groups = `merged.${inserted!}, merged.${newDay!}, merged.${oldDay!}`;
  const counted = isShared
    ? `select ${partOf('staged')} as part, ${facts}
from merged
join ${stage} as staged using (${key.join(', ')})
group by part, ${groups}`
    : `select ${facts}
from merged
group by ${groups}`;
  return `with merged as (
  insert into ${quoteTable(table)} as stored (${columns.join(', ')})
  select ${columns.join(', ')}
  from ${stage}
  order by ${table.key.map((name) => sortKey(table, name)).join(', ')}
  on conflict (${key.join(', ')}) do update
  set ${[...assignments, `${quoteName('loaded_at')} = now()`].join(', ')}
  where ${differs(table, 'stored', 'excluded')}${winsClause(table)}
  returning ${[
    `old.${key[0]!} is null as ${inserted!}`,
    `${day('new')} as ${newDay!}`,
    `${day('old')} as ${oldDay!}`,
    ...(isShared ? key.map((column) => `new.${column}`) : []),
  ].join(', ')}
)
${counted}`;
}

/**
 * Of the claims that were not stored, how many lost against the stored row (it says something else): `part`, `rows`. To be run after
 * the merge, in its transaction: the merge has locked every row that it compared with. `$1` are the first ordinals of the batch's parts.
 */
export function supersededStatement(table: RawTable, stage: string): string {
  const key = table.key.map(quoteName);
  return `select ${partOf('claim')} as part, count(*)::int as rows
from ${stage} as claim
join ${quoteTable(table)} as stored using (${key.join(', ')})
where ${differs(table, 'stored', 'claim')}
group by part`;
}

/** Which part of the batch a staged row came in, from 1. */
function partOf(row: string): string {
  return `pg_catalog.width_bucket(${row}.${quoteName(STAGE_ORDINAL)}, $1::bigint[])`;
}

/** Bytes are compared faster than a language's order, and any order does that all loaders share. */
function sortKey(table: RawTable, name: string): string {
  const type = table.columns.find((column) => column.name === name)?.type;
  return type === 'text' || type === 'identifier' ? `${quoteName(name)} collate "C"` : quoteName(name);
}

/** Whether two rows of one key say different things. */
function differs(table: RawTable, one: string, other: string): string {
  const isCompared = ({ name, provenance }: RawColumn): boolean => provenance !== true && !table.key.includes(name);
  const names = ['payload', ...table.columns.filter(isCompared).map(({ name }) => name)].map(quoteName);
  const of = (row: string): string => names.map((name) => `${row}.${name}`).join(', ');
  return `(${of(one)}) is distinct from (${of(other)})`;
}

/** `and` the new claim does not lose: of the first rank that differs, its value is the greater; null is the least. */
function winsClause(table: RawTable): string {
  const ranks = table.precedence ?? [];
  if (ranks.length === 0) return '';
  const wins = ranks.reduceRight((rest, rank) => {
    const [stored, claim] = [`(${rank('stored')})`, `(${rank('excluded')})`];
    const greater = `${claim} is not null and (${stored} is null or ${claim} > ${stored})`;
    const decided = `case when ${claim} is distinct from ${stored} then ${greater}`;
    return `${decided}\n    else ${rest} end`;
  }, 'true');
  return `\n  and ${wins}`;
}

function utcDayOf(table: RawTable, row: string): string {
  const column = `${row}.${quoteName(table.touchedDay)}`;
  const type = table.columns.find(({ name }) => name === table.touchedDay)?.type;
  return type === 'timestamp' ? `${column} at time zone 'UTC'` : column;
}
