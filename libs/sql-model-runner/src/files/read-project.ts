import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { ProjectError, SettingsError } from '../errors.ts';
import { declaredPackages, type DeclaredPackage } from '../project/declared-packages.ts';
import type { ProjectFile } from '../project/project-file.ts';
import type { PackageFiles, ProjectFiles, ProjectTextFile } from '../project/project.ts';
import { parseYaml } from '../project/yaml-cursor.ts';

const TEXTS = /\.(?:sql|ya?ml|md)$/u;

/**
 * Reads the files of a project folder and of the packages that lie in its `dbt_packages`. Seeds are listed only.
 *
 * @param projectOf reads dbt_project.yml, which decides what else is read.
 * @throws SettingsError when the folder has no dbt_project.yml, or lacks a package that it names.
 */
export async function readProjectFiles(
  projectDir: string,
  projectOf: (projectFile: ProjectTextFile, isPackage: boolean) => ProjectFile,
): Promise<ProjectFiles> {
  const root = resolve(projectDir);
  const projectFile = await readProjectFile(root);
  const project = projectOf(projectFile, false);
  const own = await readPackage(root, '', projectFile, project);
  const packages = await readPackages(root, project.packagesInstallPath, projectOf);
  return { ...own, packages, selectors: await readOptional(root, 'selectors.yml') };
}

async function readPackage(
  root: string,
  prefix: string,
  projectFile: ProjectTextFile,
  { paths }: ProjectFile,
): Promise<PackageFiles> {
  const fixtures = paths.tests.map((folder) => `${folder}/fixtures/`);
  const folders = [...new Set(Object.values(paths).flat() as readonly string[])];
  const found = (await Promise.all(folders.map((folder) => listFiles(root, folder)))).flat();
  const names = [...new Set(found)].toSorted();
  const isText = (path: string): boolean =>
    TEXTS.test(path) || (path.endsWith('.csv') && fixtures.some((folder) => path.startsWith(folder)));
  const texts = await Promise.all(names.filter(isText).map((path) => readText(root, path, prefix)));
  return {
    projectFile,
    prefix,
    texts,
    seeds: names.filter((path) => path.endsWith('.csv')),
    readSeed: async (path) => (await readText(root, path, prefix)).text,
  };
}

/** Every folder in the install path that holds a project counts, as in dbt; local packages that are not linked there are read in place. */
async function readPackages(
  root: string,
  installPath: string,
  projectOf: (projectFile: ProjectTextFile, isPackage: boolean) => ProjectFile,
): Promise<readonly PackageFiles[]> {
  const declared = await readDeclared(root);
  const installed = join(root, installPath);
  const entries = await readdir(installed, { withFileTypes: true }).catch(() => []);
  const packages = new Map<string, PackageFiles>();
  const add = async (folder: string): Promise<void> => {
    const text = await readOptional(folder, 'dbt_project.yml');
    if (text === null) return;
    const prefix = `${relative(root, folder).split(sep).join('/')}/`;
    const file = projectOf({ path: `${prefix}dbt_project.yml`, text: text.text }, true);
    if (!packages.has(file.name)) packages.set(file.name, await readPackage(folder, prefix, text, file));
  };
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory() || entry.isSymbolicLink()) await add(join(installed, entry.name));
  }
  for (const { local } of declared) if (local !== null) await add(resolve(root, local));
  const missing = declared.filter(({ local }) => local === null);
  if (packages.size < missing.length) {
    throw new SettingsError(
      `${missing.length} packages are named in packages.yml or dependencies.yml, ${packages.size} are in ${installPath}: run "deps" first`,
    );
  }
  return [...packages.values()];
}

/** What packages.yml, else dependencies.yml, names. */
export async function readDeclared(root: string): Promise<readonly DeclaredPackage[]> {
  for (const name of ['packages.yml', 'dependencies.yml']) {
    const file = await readOptional(root, name);
    if (file !== null) return declaredPackages(parseYaml(name, file.text));
  }
  return [];
}

async function readOptional(root: string, path: string): Promise<ProjectTextFile | null> {
  const text = await readFile(join(root, path), 'utf8').catch(() => null);
  return text === null ? null : { path, text };
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

async function readText(root: string, path: string, prefix: string): Promise<ProjectTextFile> {
  const bytes = await readFile(join(root, path));
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { path, text: text.replaceAll('\r\n', '\n') };
  } catch (cause) {
    throw new ProjectError('the file is not valid UTF-8; save it as UTF-8', { file: `${prefix}${path}` }, { cause });
  }
}
