import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chown, lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DevStackError } from '../errors.ts';
import type { OperatingUser } from './operating-user.ts';

const run = promisify(execFile);

/** Whether `user` can go into the folder from the root and write there. */
async function isUsable(folder: string, user: OperatingUser): Promise<boolean> {
  return run('/bin/sh', ['-c', 'cd "$1" && test -w .', 'sh', folder], { cwd: '/', ...user }).then(
    () => true,
    () => false,
  );
}

/** Makes `folder` for `user`; false if it belongs to somebody else already, so that a planted folder is never used. */
async function claim(folder: string, user: OperatingUser): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    const owner = user?.uid ?? process.getuid?.();
    const facts = await lstat(folder);
    if (!facts.isDirectory() || (facts.uid !== process.getuid?.() && facts.uid !== owner)) return false;
    if (user) await chown(folder, user.uid, user.gid);
    return true;
  } catch {
    return false;
  }
}

/**
 * A folder in which `user` can keep a server's files: the wanted one, or one for this checkout in the temporary folder where
 * that user cannot reach the wanted one. The same answer at each start, so that the data is found again.
 *
 * @throws DevStackError naming the folders tried.
 */
export async function findWorkFolder(wanted: string, user: OperatingUser): Promise<string> {
  const id = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
  const candidates = [wanted, join(tmpdir(), `ovis-${id}`), join('/var/tmp', `ovis-${id}`)];
  for (const folder of candidates) {
    if ((await claim(folder, user)) && (await isUsable(folder, user))) return folder;
  }
  throw new DevStackError(
    `no folder for the embedded PostgreSQL: uid ${String(user?.uid ?? process.getuid?.())} can write to none of ${candidates.join(', ')}; ` +
      'set TMPDIR to a folder that it can write to, or DATABASE_URL to a server of your own',
  );
}
