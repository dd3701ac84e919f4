import { SettingsError } from '@ovis/foundation';
import { UsageError } from '@ovis/orchestrator';
import { describeConnectionError } from '@ovis/warehouse';

/** Exit codes that all programs share: something went wrong; wrong usage or settings. */
const [FAILED, USAGE] = [1, 2];

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
  if (error instanceof SettingsError) return { message: error.message, exitCode: USAGE };
  if (error instanceof UsageError) return { message: error.message, exitCode: USAGE };
  const connection = databaseUrl === undefined ? null : describeConnectionError(error, databaseUrl);
  if (connection) return { message: connection.message, exitCode: FAILED };
  if (error instanceof Error && 'retryability' in error) return { message: error.message, exitCode: FAILED };
  const name = error instanceof Error ? error.name : typeof error;
  const code = error instanceof Error && 'code' in error ? ` with code ${String(error.code)}` : '';
  return {
    message: `an unexpected ${name}${code} ended the program; run it with OVIS_DEBUG=1 for its trace, and report it`,
    exitCode: FAILED,
  };
}
