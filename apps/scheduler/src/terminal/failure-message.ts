import { SettingsError } from '@ovis/foundation';
import { UsageError } from '@ovis/orchestrator';
import { describeConnectionError } from '@ovis/warehouse';
import { EXIT } from '../exit-code.ts';

/** What a person is told of an error that ends the program, and the exit code that goes with it. */
export interface Failure {
  readonly message: string;
  readonly exitCode: number;
}

/**
 * One sentence for an error: what happened, where, and the next step. No stack trace and no secret.
 *
 * @param databaseUrl for errors of its connection; only host, port, user and database are shown.
 */
export function describeFailure(error: unknown, databaseUrl: string | undefined): Failure {
  if (error instanceof SettingsError) return { message: error.message, exitCode: EXIT.usage };
  if (error instanceof UsageError) return { message: error.message, exitCode: EXIT.usage };
  const connection = databaseUrl === undefined ? null : describeConnectionError(error, databaseUrl);
  if (connection) return { message: connection.message, exitCode: EXIT.failed };
  if (error instanceof Error && 'retryability' in error) return { message: error.message, exitCode: EXIT.failed };
  const name = error instanceof Error ? error.name : typeof error;
  const code = error instanceof Error && 'code' in error ? ` with code ${String(error.code)}` : '';
  return {
    message: `an unexpected ${name}${code} ended the program; run it with OVIS_DEBUG=1 for its trace, and report it`,
    exitCode: EXIT.failed,
  };
}
