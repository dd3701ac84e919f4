import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MigrationsNotFoundError } from '../errors.ts';

const SNAPSHOT = 'schema.snapshot';

/**
 * Where the migrations of this version lie: the nearest folder `migrations` with a schema snapshot, at or above this module. In
 * the repository that is the one at its top; in a bundle the one beside the main file.
 */
export const migrationsDirectory: string = nearestMigrations(import.meta.dirname);

function nearestMigrations(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const candidate = join(folder, 'migrations');
    if (existsSync(join(candidate, SNAPSHOT))) return candidate;
    if (dirname(folder) === folder) return join(start, 'migrations');
  }
}

/**
 * Names of the migrations of a folder, in the order in which they are applied: files `<number>_<topic>.sql`.
 *
 * @throws MigrationsNotFoundError if there is no such folder or no migration in it.
 */
export async function readMigrationNames(directory: string): Promise<readonly string[]> {
  const files = await readdir(directory).catch((cause: unknown) => {
    throw new MigrationsNotFoundError(directory, 'there is no folder of migrations', { cause });
  });
  const names = files.filter((file) => /^\d{4}_.+\.sql$/.test(file)).map((file) => file.slice(0, -'.sql'.length));
  if (names.length === 0) throw new MigrationsNotFoundError(directory, 'there are no migrations');
  return names.toSorted();
}

/**
 * The text of the schema that the migrations of a folder give.
 *
 * @throws MigrationsNotFoundError if it does not lie beside the migrations.
 */
export async function readSchemaSnapshot(directory: string): Promise<string> {
  return readFile(join(directory, SNAPSHOT), 'utf8').catch((cause: unknown) => {
    throw new MigrationsNotFoundError(directory, `there is no ${SNAPSHOT}`, { cause });
  });
}
