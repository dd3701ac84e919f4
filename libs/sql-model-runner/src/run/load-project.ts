import { randomUUID } from 'node:crypto';
import { readProjectFiles } from '../files/read-project.ts';
import { parseProject, parseProjectFile, type ParseOptions } from '../parse/parse-project.ts';
import type { Project, Target } from '../project/project.ts';

/** What `loadProject` takes. */
export interface LoadOptions {
  /** The folder with dbt_project.yml. */
  readonly projectDir: string;
  readonly target: Target;
  /** Variables that win over those of dbt_project.yml. Default: none. */
  readonly vars?: Readonly<Record<string, unknown>>;
  /** What `env_var()` reads. Default: nothing. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What `flags.FULL_REFRESH` answers while parsing. Default: false. */
  readonly fullRefresh?: boolean;
  /** The wall clock, for `run_started_at`. Default: the system's. */
  readonly now?: () => Date;
}

/** Reads and parses a project. @throws SettingsError without a dbt_project.yml; ProjectError, JinjaError for what is wrong in its files. */
export async function loadProject(options: LoadOptions): Promise<Project> {
  const { target, vars = {}, env = {}, now = () => new Date() } = options;
  const invocation = { id: randomUUID(), startedAt: now(), verb: 'parse', fullRefresh: options.fullRefresh ?? false };
  const parseOptions: ParseOptions = { target, vars, env, invocation };
  const files = await readProjectFiles(options.projectDir, (file) => parseProjectFile(file, parseOptions));
  return parseProject(files, parseOptions);
}
