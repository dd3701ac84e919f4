import { chmod, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { currentOperatingUser } from './operating-user.ts';
import { findWorkFolder } from './work-folder.ts';

describe(findWorkFolder, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'ovis-work-')));
    await chmod(folder, 0o755);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('gives the wanted folder where the account of the server can write to it', async () => {
    const wanted = join(folder, 'postgres');
    expect(await findWorkFolder(wanted, currentOperatingUser())).toBe(wanted);
  });

  test('gives the same folder elsewhere at each start where the wanted one cannot be used', async () => {
    // A link could lead anywhere, so it is not followed.
    const wanted = join(folder, 'link');
    await symlink(folder, wanted);
    const found = await findWorkFolder(wanted, currentOperatingUser());
    expect(found).toMatch(/ovis-[0-9a-f]{12}$/);
    expect(await findWorkFolder(wanted, currentOperatingUser())).toBe(found);
    await rm(found, { recursive: true });
  });

  test.runIf(process.getuid?.() === 0)('leaves a home that only root can read', async () => {
    await chmod(folder, 0o700);
    const found = await findWorkFolder(join(folder, 'checkout/.ovis/postgres'), currentOperatingUser());
    expect(found.startsWith(folder)).toBe(false);
    await rm(found, { recursive: true });
  });
});
