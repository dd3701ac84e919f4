import { join, relative, resolve, sep } from 'node:path';
import { ProjectError, SettingsError } from '../errors.ts';
import { declaredPackages, type DeclaredPackage } from '../project/declared-packages.ts';
import type { ProjectFile } from '../project/project-file.ts';
import type { PackageFiles, ProjectFiles, ProjectTextFile } from '../project/project.ts';
import { parseYaml } from '../project/yaml-cursor.ts';
import { TracedFiles } from './traced-files.ts';

const TEXTS = /\.(?:sql|ya?ml|md)$/u;

/**
 * Reads the files of a project folder and of the packages that lie in its `dbt_packages`. Seeds are listed only.
 *
 * @param projectOf reads dbt_project.yml, which decides what else is read.
 * @throws SettingsError when the folder has no dbt_project.yml, or lacks a package that it names.
 */
export function readProjectFiles(
  projectDir: string,
  projectOf: (projectFile: ProjectTextFile, isPackage: boolean) => ProjectFile,
  disk = new TracedFiles(),
): ProjectFiles {
  const root = resolve(projectDir);
  const projectFile = readProjectFile(disk, root);
  const project = projectOf(projectFile, false);
  const own = readPackage({ disk, root, prefix: '', projectFile }, project);
  const packages = readPackages(disk, root, project.packagesInstallPath, projectOf);
  return { ...own, packages, selectors: readOptional(disk, root, 'selectors.yml') };
}

interface PackageFolder {
  readonly disk: TracedFiles;
  readonly root: string;
  readonly prefix: string;
  readonly projectFile: ProjectTextFile;
}

function readPackage({ disk, root, prefix, projectFile }: PackageFolder, { paths }: ProjectFile): PackageFiles {
  const fixtures = paths.tests.map((folder) => `${folder}/fixtures/`);
  const folders = [...new Set(Object.values(paths).flat() as readonly string[])];
  const found = folders.flatMap((folder) => disk.listDeep(root, folder));
  const names = [...new Set(found)].toSorted();
  const isText = (path: string): boolean =>
    TEXTS.test(path) || (path.endsWith('.csv') && fixtures.some((folder) => path.startsWith(folder)));
  const texts = names.filter(isText).map((path) => readText(disk, root, path, prefix));
  return {
    projectFile,
    prefix,
    texts,
    seeds: names.filter((path) => path.endsWith('.csv')),
    // Not a part of what was parsed: seeds are read when they are loaded.
    readSeed: (path) =>
      new Promise((settle) => {
        settle(readText(new TracedFiles(), root, path, prefix).text);
      }),
  };
}

/** Every folder in the install path that holds a project counts, as in dbt; local packages that are not linked there are read in place. */
function readPackages(
  disk: TracedFiles,
  root: string,
  installPath: string,
  projectOf: (projectFile: ProjectTextFile, isPackage: boolean) => ProjectFile,
): readonly PackageFiles[] {
  const declared = readDeclared(root, disk);
  const installed = join(root, installPath);
  const packages = new Map<string, PackageFiles>();
  const add = (folder: string): void => {
    const text = readOptional(disk, folder, 'dbt_project.yml');
    if (text === null) return;
    const prefix = `${relative(root, folder).split(sep).join('/')}/`;
    const file = projectOf({ path: `${prefix}dbt_project.yml`, text: text.text }, true);
    if (!packages.has(file.name))
      packages.set(file.name, readPackage({ disk, root: folder, prefix, projectFile: text }, file));
  };
  for (const name of disk.listFolders(installed)) add(join(installed, name));
  for (const { local } of declared) if (local !== null) add(resolve(root, local));
  const missing = declared.filter(({ local }) => local === null);
  if (packages.size < missing.length) {
    throw new SettingsError(
      `${missing.length} packages are named in packages.yml or dependencies.yml, ${packages.size} are in ${installPath}: run "deps" first`,
    );
  }
  return [...packages.values()];
}

/** What packages.yml, else dependencies.yml, names. */
export function readDeclared(root: string, disk = new TracedFiles()): readonly DeclaredPackage[] {
  for (const name of ['packages.yml', 'dependencies.yml']) {
    const file = readOptional(disk, root, name);
    if (file !== null) return declaredPackages(parseYaml(name, file.text));
  }
  return [];
}

function readOptional(disk: TracedFiles, root: string, path: string): ProjectTextFile | null {
  const bytes = disk.read(join(root, path));
  return bytes === null ? null : { path, text: bytes.toString() };
}

function readProjectFile(disk: TracedFiles, root: string): ProjectTextFile {
  const file = readOptional(disk, root, 'dbt_project.yml');
  if (file !== null) return file;
  throw new SettingsError(`no dbt_project.yml in ${root}; run in the project's folder or name it with --project-dir`);
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function readText(disk: TracedFiles, root: string, path: string, prefix: string): ProjectTextFile {
  const bytes = disk.read(join(root, path));
  if (bytes === null)
    throw new ProjectError('the file cannot be read: it is a link that leads nowhere, or a folder', {
      file: `${prefix}${path}`,
    });
  try {
    return { path, text: UTF8.decode(bytes).replaceAll('\r\n', '\n') };
  } catch (cause) {
    throw new ProjectError('the file is not valid UTF-8; save it as UTF-8', { file: `${prefix}${path}` }, { cause });
  }
}
