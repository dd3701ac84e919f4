import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import { baseNames, type BaseContext } from '../compile/base-context.ts';
import { BUILTIN_PACKAGE, MacroLibrary } from '../compile/macro-library.ts';
import { NodeScope } from '../compile/node-scope.ts';
import { renderNative, toHost } from '../compile/template-engine.ts';
import { SettingsError } from '../errors.ts';
import { parseConnectionString, type PostgresSettings } from '../postgres/connection-settings.ts';
import { readProfile, type Profile } from '../profile/read-profile.ts';
import { TracedFiles } from '../files/traced-files.ts';
import type { RenderText } from '../project/project-file.ts';
import type { Project, Target } from '../project/project.ts';
import { isRecord, parseYaml } from '../project/yaml-cursor.ts';
import { loadProject, type LoadOptions } from '../run/load-project.ts';
import type { CliIo, CommandOptions } from './options.ts';

/** A project and how to reach its database. */
export interface OpenedProject {
  readonly project: Project;
  readonly settings: PostgresSettings;
  readonly projectDir: string;
  readonly targetPath: string;
}

/** Finds the connection, then loads the project for it. @throws SettingsError, ProjectError, JinjaError */
export async function openProject(
  options: CommandOptions,
  io: CliIo,
  tracing: Pick<LoadOptions, 'disk' | 'onMoment'> = {},
): Promise<OpenedProject> {
  const { env, cwd } = io;
  const disk = tracing.disk ?? new TracedFiles();
  const projectDir = resolve(cwd, options.projectDir ?? env['DBT_PROJECT_DIR'] ?? '.');
  const vars = readVars(options.vars);
  const { target, settings } = findTarget(options, { projectDir, vars, disk }, io);
  const project = await loadProject({
    ...tracing,
    projectDir,
    target,
    vars,
    env,
    fullRefresh: options.fullRefresh,
    disk,
  });
  const targetPath = resolve(
    cwd,
    options.targetPath ?? env['DBT_TARGET_PATH'] ?? join(projectDir, project.file.targetPath),
  );
  return { project, settings, projectDir, targetPath };
}

function readVars(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  const { value } = parseYaml('--vars', text);
  if (value === null || value === undefined) return {};
  if (!isRecord(value)) throw new SettingsError("--vars is no mapping; expected YAML such as '{start: 2024-01-01}'");
  return value;
}

interface ProjectFolder {
  readonly projectDir: string;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly disk: TracedFiles;
}

function findTarget(options: CommandOptions, folder: ProjectFolder, io: CliIo): Profile {
  const url = io.env['DATABASE_URL'];
  const asksForProfile =
    options.profilesDir !== undefined ||
    options.profile !== undefined ||
    (options.target !== undefined && url === undefined);
  const found =
    url !== undefined && url !== '' && !asksForProfile ? fromUrl(url, options) : fromProfiles(options, folder, io);
  const role = options.role ?? found.settings.role;
  const target: Target = {
    ...found.target,
    schema: options.targetSchema ?? found.target.schema,
    threads: options.threads ?? found.target.threads,
  };
  return { target, settings: role === undefined ? found.settings : { ...found.settings, role } };
}

function fromUrl(url: string, options: CommandOptions): Profile {
  const settings = parseConnectionString(url);
  const { host, port, user, database } = settings;
  const target: Target = {
    name: options.target ?? 'default',
    profileName: 'DATABASE_URL',
    type: 'postgres',
    schema: 'public',
    threads: 4,
    host,
    port,
    user,
    database,
  };
  return { target, settings };
}

function fromProfiles(options: CommandOptions, { projectDir, vars, disk }: ProjectFolder, io: CliIo): Profile {
  const { env, cwd } = io;
  const folders = [
    options.profilesDir ?? env['DBT_PROFILES_DIR'] ?? projectDir,
    ...(options.profilesDir ? [] : [join(env['HOME'] ?? homedir(), '.dbt')]),
  ];
  for (const folder of folders) {
    const file = join(resolve(cwd, folder), 'profiles.yml');
    const text = disk.read(file)?.toString() ?? null;
    if (text === null) continue;
    const profileName = options.profile ?? env['DBT_PROFILE'] ?? projectProfile(projectDir, disk);
    const choice = {
      profileName,
      targetName: options.target ?? env['DBT_TARGET'] ?? null,
      threads: options.threads ?? null,
    };
    return readProfile(file, text, choice, profileRenderer(vars, env));
  }
  throw new SettingsError(
    `no connection: DATABASE_URL is not set and there is no profiles.yml in ${folders.join(' or ')}; set DATABASE_URL=postgres://user:password@host:5432/database`,
  );
}

function projectProfile(projectDir: string, disk: TracedFiles): string {
  const text = disk.read(join(projectDir, 'dbt_project.yml'))?.toString() ?? null;
  if (text === null)
    throw new SettingsError(
      `no dbt_project.yml in ${projectDir}; run in the project's folder or name it with --project-dir`,
    );
  const profile = parseYaml('dbt_project.yml', text).get('profile');
  if (profile.isMissing)
    throw new SettingsError('dbt_project.yml names no profile; add "profile:", use --profile or set DATABASE_URL');
  return profile.text();
}

function profileRenderer(vars: Readonly<Record<string, unknown>>, env: CliIo['env']): RenderText {
  const target: Target = {
    name: 'default',
    profileName: '',
    type: 'postgres',
    schema: 'public',
    database: '',
    threads: 1,
  };
  const context: BaseContext = {
    projectName: '',
    packageName: '',
    target,
    variables: { given: vars, ofProject: {}, environment: env },
    allowsSecrets: true,
    invocation: { id: randomUUID(), startedAt: new Date(), verb: 'parse', fullRefresh: false },
    log: () => undefined,
    warn: () => undefined,
  };
  const scope = new NodeScope(new MacroLibrary(BUILTIN_PACKAGE, []), baseNames(context), false);
  return (text, cursor) => toHost(renderNative(text, scope, cursor.file, cursor.place.line ?? 1));
}
