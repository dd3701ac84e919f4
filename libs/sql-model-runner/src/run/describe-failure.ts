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
    const note = place.isBehind ? ' (the SQL ends too early)' : '';
    lines.push(
      `  at ${compiled.file ?? 'the compiled SQL'}:${place.line}:${place.column}${note}`,
      `  ${place.text.trim()}`,
    );
  } else if (error.statement !== null && (compiled === null || !holdsModel(error.statement, compiled.sql))) {
    lines.push(`  in the statement: ${lineAt(error.statement, error.position ?? 0)}`);
  }
  if (error.hint !== null) lines.push(`  hint: ${error.hint}`);
  return lines.join('\n');
}

function lineAt(statement: string, position: number): string {
  const at = Array.from(statement).slice(0, position).join('').length;
  const end = statement.indexOf('\n', at);
  return statement.slice(statement.lastIndexOf('\n', at - 1) + 1, end === -1 ? undefined : end).trim();
}

/** Whether a statement is the model's own: its file is known, so nothing of it need be shown. */
function holdsModel(statement: string, sql: string): boolean {
  return sql !== '' && statement.includes(sql);
}
