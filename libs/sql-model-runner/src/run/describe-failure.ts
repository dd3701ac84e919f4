import { DatabaseError } from '../errors.ts';
import { locateInSql } from './locate-error.ts';

/**
 * What a person is told of a node that failed: what the database said, where in the compiled file, and the server's hint. No stack
 * trace, no settings.
 *
 * @param compiled the rendered SQL and the file that holds it; null when it was not rendered.
 */
export function describeFailure(
  error: unknown,
  compiled: { readonly sql: string; readonly file: string | null } | null,
): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof DatabaseError)) return error.message;
  const lines = [error.message];
  const place = compiled && locateInSql(error, compiled.sql);
  if (place) {
    lines.push(`  at ${compiled.file ?? 'the compiled SQL'}:${place.line}:${place.column}`, `  ${place.text.trim()}`);
  }
  if (error.hint !== null) lines.push(`  hint: ${error.hint}`);
  return lines.join('\n');
}
