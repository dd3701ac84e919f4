import { quoteName, quoteTable } from './quote.ts';
import type { RawColumn, RawTable } from './raw-table.ts';
import { STAGE, STAGE_ORDINAL } from './stage-statements.ts';

/**
 * The upsert of a staged batch, and what it did, a row a kind of change and day:
 * `inserted` (or updated), `day` (`YYYY-MM-DD`), `old_day` (that of the row before it was updated), `rows`.
 *
 * Of several claims of a key in the stage, the winning one alone is tried. A stored row is left alone, not even rewritten, if it
 * says the same or wins itself. Rows are taken in the order of their keys, so that two loaders lock them in the same order.
 *
 * @param hasDuplicates whether a key stands in the stage more than once; without, one sort by key does.
 */
export function mergeStatement(table: RawTable, hasDuplicates: boolean): string {
  const columns = [...table.columns.map(({ name }) => quoteName(name)), quoteName('payload')];
  const key = table.key.map(quoteName);
  const assignments = columns
    .filter((column) => !key.includes(column))
    .map((column) => `${column} = excluded.${column}`);
  const day = (row: string): string => `to_char(${utcDayOf(table, row)}, 'YYYY-MM-DD')`;
  return `with merged as (
  insert into ${quoteTable(table)} as stored (${columns.join(', ')})
  ${claimsOf(table, hasDuplicates)}
  on conflict (${key.join(', ')}) do update
  set ${[...assignments, `${quoteName('loaded_at')} = now()`].join(', ')}
  where ${differs(table, 'stored', 'excluded')}${winsClause(table)}
  returning old.${key[0]!} is null as inserted, ${day('new')} as day, ${day('old')} as old_day
)
select inserted, day, old_day, count(*)::int as rows
from merged
group by inserted, day, old_day`;
}

/**
 * Of the claims that were not stored, how many lost against the stored row: it says something else. To be run after the merge, in
 * its transaction: the merge has locked every row that it compared with.
 */
export function supersededStatement(table: RawTable, hasDuplicates: boolean): string {
  const key = table.key.map(quoteName);
  return `select count(*)::int as superseded
from (
  ${claimsOf(table, hasDuplicates)}
) as claim
join ${quoteTable(table)} as stored using (${key.join(', ')})
where ${differs(table, 'stored', 'claim')}`;
}

/** The winning claim of each key, in the order of the keys. */
function claimsOf(table: RawTable, hasDuplicates: boolean): string {
  const columns = [...table.columns.map(({ name }) => quoteName(name)), quoteName('payload')];
  const key = table.key.map(quoteName);
  if (!hasDuplicates) return `select ${columns.join(', ')}\n  from ${STAGE}\n  order by ${key.join(', ')}`;
  const ranks = (table.precedence ?? []).map((rank) => `(${rank('staged')}) desc nulls last`);
  return `select distinct on (${key.join(', ')}) ${columns.join(', ')}
  from ${STAGE} as staged
  order by ${[...key, ...ranks, `${quoteName(STAGE_ORDINAL)} desc`].join(', ')}`;
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
