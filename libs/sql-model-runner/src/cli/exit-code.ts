import { CommanderError } from 'commander';
import { JinjaError } from '../compile/template-engine.ts';
import { ModelRunnerError } from '../errors.ts';

/**
 * Says what went wrong, once, and gives the exit code: 2 for whatever prevented a run, as dbt's. An error that this library did not
 * foresee is shown with its stack: it is a bug.
 */
export function exitCodeOfError(error: unknown, write: (text: string) => void): number {
  // Commander has said it already; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof ModelRunnerError || error instanceof JinjaError) write(`error: ${error.message}\n`);
  else write(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 2;
}
