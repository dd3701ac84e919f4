import type { ParseResult } from 'libpg-query';
import { DatabaseError } from '../errors.ts';

/**
 * Parses a statement with PostgreSQL's own grammar, without a server.
 *
 * @returns what a server would have said, or null when the statement can be parsed.
 */
export async function parseFailure(sql: string): Promise<DatabaseError | null> {
  try {
    await parseTree(sql);
    return null;
  } catch (error) {
    if (error instanceof DatabaseError) return error;
    throw error;
  }
}

/** The parse tree of a statement. @throws DatabaseError as a server would, when it cannot be parsed. */
export async function parseTree(sql: string): Promise<ParseResult> {
  const { hasSqlDetails, parse } = await import('libpg-query');
  try {
    return await parse(sql);
  } catch (cause) {
    if (!hasSqlDetails(cause)) throw cause;
    const position = cause.sqlDetails?.cursorPosition ?? null;
    const failure = { sqlState: '42601', position, hint: null, statement: sql };
    throw new DatabaseError(cause.message, failure, 'terminal', { cause });
  }
}
