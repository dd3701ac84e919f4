import { SQL_TYPES } from './column-text.ts';
import { quoteName } from './quote.ts';
import type { RawTable } from './raw-table.ts';

/** Numbers staged rows as they arrive, without a gap within a batch; no column of a raw table may bear this name. */
export const STAGE_ORDINAL = 'ovis_raw_loader_ordinal';

/** What the names of all stages begin with. */
export const STAGE_PREFIX = 'ovis_raw_loader_stage_';

/** Begins a batch's transaction, not at the session's default level: under a stricter one an upsert fails where read committed waits. */
export const BEGIN = 'begin isolation level read committed read write';

/**
 * Gives the acting role and the stages that the session has: asked of the server each time, as behind a pooler a connection is another
 * session in each transaction.
 */
export const FIND_STAGES = `select
  pg_catalog.quote_ident(current_user)::regrole::oid::text as role,
  array(
    select relname::text from pg_catalog.pg_class
    where relnamespace = pg_catalog.pg_my_temp_schema() and relkind = 'r' and pg_catalog.starts_with(relname::text, '${STAGE_PREFIX}')
  ) as stages`;

/** The quoted name of a stage. A temporary table shadows nothing when it is named with its schema. */
export function quoteStage(name: string): string {
  return `pg_temp.${quoteName(name)}`;
}

/**
 * Creates a stage. It stays with the session, empty between transactions: making and dropping one for each batch costs the server several
 * times what emptying it costs.
 */
export function createStageStatement(table: RawTable, stage: string): string {
  const columns = table.columns.map(({ name, type }) => `${quoteName(name)} ${SQL_TYPES[type]}`);
  const ordinal = `${quoteName(STAGE_ORDINAL)} bigint generated always as identity`;
  return `create temporary table ${stage} (
  ${[...columns, `${quoteName('payload')} jsonb`, ordinal].join(',\n  ')}
) on commit delete rows`;
}

/**
 * Fills a stage or the table itself. COPY's text format: measured beside csv it takes the server the same time, and writing csv takes the client seven times as long, as JSON is
 * full of quotes.
 */
export function copyStatement(table: RawTable, target: string): string {
  const columns = [...table.columns.map(({ name }) => name), 'payload'].map(quoteName);
  return `copy ${target} (${columns.join(', ')}) from stdin`;
}
