import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { isPassword, parsePasswordHash } from './auth/password-hash.ts';
import { hashPasswordCommand } from './hash-password-command.ts';

async function hashOf(input: string): Promise<string> {
  const output = new PassThrough();
  await hashPasswordCommand(Readable.from([input]), output);
  output.end();
  return text(output);
}

describe(hashPasswordCommand, () => {
  test('prints a hash of the line that it reads', async () => {
    const printed = await hashOf('correct horse battery\n');
    const known = parsePasswordHash(printed.trimEnd());
    expect(known !== null && (await isPassword('correct horse battery', known))).toBe(true);
  });

  test('refuses passwords that are short, long or of several lines, and does not repeat them', async () => {
    for (const password of ['', 'short', 'x'.repeat(300), 'correct horse\nbattery staple']) {
      await expect(hashOf(password)).rejects.toThrow('must be one line of 12 to 256 characters');
    }
  });
});
