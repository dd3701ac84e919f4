import { SQL_TYPES } from './column-text.ts';
import { quoteName } from './quote.ts';
import type { RawTable } from './raw-table.ts';

/** The stage of the present transaction. A temporary table shadows nothing when it is named with its schema. */
export const STAGE = 'pg_temp.ovis_raw_loader_stage';

/** Place of a row in its batch, from 1; no column of a raw table may bear this name. */
export const STAGE_ORDINAL = 'ovis_raw_loader_ordinal';

/**
 * Creates the stage. It goes with the transaction: a stage that outlived it would belong to the role that made it, and to one server
 * session behind a pooler.
 */
export function createStageStatement(table: RawTable): string {
  const columns = table.columns.map(({ name, type }) => `${quoteName(name)} ${SQL_TYPES[type]}`);
  return `create temporary table ${STAGE} (
  ${[...columns, `${quoteName('payload')} jsonb`, `${quoteName(STAGE_ORDINAL)} integer`].join(',\n  ')}
) on commit drop`;
}

/**
 * Fills the stage. COPY's text format: measured beside csv it takes the server the same time, and writing csv takes the client seven times as long, as JSON is
 * full of quotes.
 */
export function copyStageStatement(table: RawTable): string {
  const columns = [...table.columns.map(({ name }) => name), 'payload', STAGE_ORDINAL].map(quoteName);
  return `copy ${STAGE} (${columns.join(', ')}) from stdin`;
}
