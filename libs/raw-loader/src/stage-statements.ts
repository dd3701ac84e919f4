import { SQL_TYPES } from './column-text.ts';
import { quoteName } from './quote.ts';
import type { RawTable } from './raw-table.ts';

/** The number of the stream that a staged row came in; no column of a raw table may bear this name. */
export const STAGE_STREAM = 'ovis_raw_loader_stream';

/** Place of a row among those of its stream, from 1; no column of a raw table may bear this name. */
export const STAGE_ORDINAL = 'ovis_raw_loader_ordinal';

/** What the names of all stages begin with. */
export const STAGE_PREFIX = 'ovis_raw_loader_stage_';

/**
 * Begins the transaction of a batch and gives the acting role and the stages that the session has: asked of the server each time, as
 * behind a pooler a connection is another session in each transaction. Not under the session's default level: under a stricter one an
 * upsert fails where read committed waits.
 */
export const BEGIN_AND_FIND_STAGES = `begin isolation level read committed read write;
select
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
  const own = [`${quoteName(STAGE_STREAM)} integer`, `${quoteName(STAGE_ORDINAL)} integer`];
  return `create temporary table ${stage} (
  ${[...columns, `${quoteName('payload')} jsonb`, ...own].join(',\n  ')}
) on commit delete rows`;
}

/**
 * Fills the stage. COPY's text format: measured beside csv it takes the server the same time, and writing csv takes the client seven times as long, as JSON is
 * full of quotes.
 */
export function copyStageStatement(table: RawTable, stage: string): string {
  const columns = [...table.columns.map(({ name }) => name), 'payload', STAGE_STREAM, STAGE_ORDINAL].map(quoteName);
  return `copy ${stage} (${columns.join(', ')}) from stdin`;
}
