import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { SettingsError } from '../errors.ts';
import { readDeclared } from '../files/read-project.ts';
import type { DeclaredPackage } from '../project/declared-packages.ts';
import { parseYaml } from '../project/yaml-cursor.ts';
import type { CliIo, CommandOptions } from './options.ts';

const run = promisify(execFile);

/** `deps`: puts the packages that the project names into its `dbt_packages`. @returns the exit code. */
export async function depsCommand(options: CommandOptions, io: CliIo): Promise<number> {
  const root = resolve(io.cwd, options.projectDir ?? io.env['DBT_PROJECT_DIR'] ?? '.');
  const project = await readYaml(join(root, 'dbt_project.yml'));
  const installed = join(root, project.get('packages-install-path').optionalText() ?? 'dbt_packages');
  const done = new Set<string>();
  await installAll(root, installed, io, done);
  if (done.size === 0) io.out('the project names no packages\n');
  return 0;
}

/** Packages of packages too. */
async function installAll(folder: string, installed: string, io: CliIo, done: Set<string>): Promise<void> {
  for (const declared of readDeclared(folder)) {
    const found = await install(folder, installed, declared);
    if (found === null || done.has(found.name)) continue;
    done.add(found.name);
    io.out(`${found.name}: ${found.how}\n`);
    await installAll(found.folder, installed, io, done);
  }
}

interface Installed {
  readonly name: string;
  readonly folder: string;
  readonly how: string;
}

async function install(folder: string, installed: string, declared: DeclaredPackage): Promise<Installed | null> {
  await mkdir(installed, { recursive: true });
  if (declared.local !== null) {
    const source = resolve(folder, declared.local);
    const name = await nameOf(source);
    const place = join(installed, name);
    await rm(place, { recursive: true, force: true });
    await symlink(relative(installed, source), place, 'dir');
    return { name, folder: source, how: `linked to ${declared.local}` };
  }
  if (declared.git !== null) return fromGit(installed, declared, declared.git);
  const what = declared.registry ?? declared.tarball ?? '';
  const short = what.split('/').at(-1) ?? '';
  const present = join(installed, short);
  const isThere = await readFile(join(present, 'dbt_project.yml')).then(
    () => true,
    () => false,
  );
  if (isThere) return { name: await nameOf(present), folder: present, how: 'is there already' };
  throw new SettingsError(
    `"${what}" is not fetched from a registry here: put its folder into ${installed}, or name it as a git package`,
  );
}

async function fromGit(
  installed: string,
  { revision, subdirectory }: DeclaredPackage,
  url: string,
): Promise<Installed> {
  const work = await mkdtemp(join(tmpdir(), 'ovis-models-'));
  try {
    const clone = join(work, 'package');
    await run('git', ['clone', '--quiet', '--', url, clone]);
    if (revision !== null) await run('git', ['-C', clone, 'checkout', '--quiet', '--detach', revision]);
    const source = subdirectory === null ? clone : join(clone, subdirectory);
    const name = await nameOf(source);
    const place = join(installed, name);
    await rm(place, { recursive: true, force: true });
    await rm(join(source, '.git'), { recursive: true, force: true });
    await rename(source, place).catch(async () => run('cp', ['-R', source, place]));
    return { name, folder: place, how: `from ${url}${revision === null ? '' : ` at ${revision}`}` };
  } catch (cause) {
    throw new SettingsError(
      `the package of ${url} cannot be fetched: ${cause instanceof Error ? cause.message.split('\n')[0] : ''}`,
      { cause },
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function nameOf(folder: string): Promise<string> {
  const name = (await readYaml(join(folder, 'dbt_project.yml'))).get('name');
  const text = name.isMissing ? name.fail('the name of the package') : name.text();
  return /^[A-Za-z_]\w*$/u.test(text) ? text : name.fail('letters, digits and underscores');
}

async function readYaml(file: string): Promise<ReturnType<typeof parseYaml>> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) throw new SettingsError(`there is no ${file}`);
  return parseYaml(file, text);
}
