import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Compiled statements by their path below `target/compiled`. */
export type CompiledFiles = Readonly<Record<string, string>>;

/** Reads what a command compiled; nothing where it compiled nothing. */
export async function readCompiled(folder: string): Promise<CompiledFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  // The batches of a model lie in a folder that is named as its file is.
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sql'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
  return Object.fromEntries(
    await Promise.all(files.map(async (path) => [path, await readFile(join(folder, path), 'utf8')] as const)),
  );
}
