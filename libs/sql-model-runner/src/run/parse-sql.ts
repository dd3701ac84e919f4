import { DatabaseError } from '../errors.ts';

/**
 * Parses a statement with PostgreSQL's own grammar, without a server.
 *
 * @returns what a server would have said, or null when the statement can be parsed.
 */
export async function parseFailure(sql: string): Promise<DatabaseError | null> {
  const { hasSqlDetails, parse } = await import('libpg-query');
  try {
    await parse(sql);
    return null;
  } catch (cause) {
    if (!hasSqlDetails(cause)) throw cause;
    const position = cause.sqlDetails?.cursorPosition ?? null;
    const failure = { sqlState: '42601', position, hint: null, statement: sql };
    return new DatabaseError(cause.message, failure, 'terminal', { cause });
  }
}
