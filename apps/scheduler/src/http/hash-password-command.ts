import { text } from 'node:stream/consumers';
import { UsageError } from '@ovis/orchestrator';
import { hashPassword } from './auth/password-hash.ts';

const SHORTEST = 12;
const LONGEST = 256;

/**
 * Reads a password from standard input and prints its hash for `CONSOLE_USERS`. A line break at its end does not count.
 *
 * @throws UsageError for a password that is too short or too long.
 */
export async function hashPasswordCommand(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<void> {
  const password = (await text(input)).replace(/\r?\n$/, '');
  if (password.length < SHORTEST || password.length > LONGEST || password.includes('\n')) {
    throw new UsageError(
      `the password on standard input must be one line of ${String(SHORTEST)} to ${String(LONGEST)} characters`,
    );
  }
  output.write(`${await hashPassword(password)}\n`);
}
