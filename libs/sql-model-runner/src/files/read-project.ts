import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { ProjectError, SettingsError } from '../errors.ts';
import type { ResourcePaths } from '../project/project-file.ts';
import type { ProjectFiles, ProjectTextFile } from '../project/project.ts';

const TEXTS = /\.(?:sql|ya?ml|md)$/u;

/**
 * Reads the files of a project folder. Seeds are listed only.
 *
 * @param pathsOf finds the resource folders in dbt_project.yml, which decides what is read.
 * @throws SettingsError when the folder has no dbt_project.yml.
 */
export async function readProjectFiles(
  projectDir: string,
  pathsOf: (projectFile: ProjectTextFile) => ResourcePaths,
): Promise<ProjectFiles> {
  const root = resolve(projectDir);
  const projectFile = await readProjectFile(root);
  const paths = pathsOf(projectFile);
  const folders = [...new Set([...paths.models, ...paths.seeds, ...paths.tests, ...paths.macros])];
  const found = (await Promise.all(folders.map((folder) => listFiles(root, folder)))).flat();
  const names = [...new Set(found)].toSorted();
  const texts = await Promise.all(names.filter((path) => TEXTS.test(path)).map((path) => readText(root, path)));
  return {
    projectFile,
    texts,
    seeds: names.filter((path) => path.endsWith('.csv')),
    readSeed: async (path) => (await readText(root, path)).text,
  };
}

async function readProjectFile(root: string): Promise<ProjectTextFile> {
  try {
    return { path: 'dbt_project.yml', text: await readFile(join(root, 'dbt_project.yml'), 'utf8') };
  } catch (cause) {
    throw new SettingsError(
      `no dbt_project.yml in ${root}; run in the project's folder or name it with --project-dir`,
      { cause },
    );
  }
}

async function listFiles(root: string, folder: string): Promise<readonly string[]> {
  const start = join(root, folder);
  if (!(await stat(start).catch(() => null))?.isDirectory()) return [];
  const entries = await readdir(start, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

async function readText(root: string, path: string): Promise<ProjectTextFile> {
  const bytes = await readFile(join(root, path));
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { path, text: text.replaceAll('\r\n', '\n') };
  } catch (cause) {
    throw new ProjectError('the file is not valid UTF-8; save it as UTF-8', { file: path }, { cause });
  }
}
