import { randomUUID } from 'node:crypto';
import { readProjectFiles } from '../files/read-project.ts';
import type { TracedFiles } from '../files/traced-files.ts';
import { parseProject, parseProjectFile, type ParseOptions } from '../parse/parse-project.ts';
import type { Invocation } from '../compile/base-context.ts';
import type { Project, Target } from '../project/project.ts';

/** The filter `random`, also as the name that `map` takes. */
const RANDOM = /[|'"]\s*random\b/u;

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
  /** Reads the files and keeps what it read. Default: one that nobody asks. */
  readonly disk?: TracedFiles;
  /** Called when a template asks for something of this moment: the clock, the id of the invocation. */
  readonly onMoment?: () => void;
}

/** Reads and parses a project. @throws SettingsError without a dbt_project.yml; ProjectError, JinjaError for what is wrong in its files. */
export async function loadProject(options: LoadOptions): Promise<Project> {
  const { target, vars = {}, env = {}, onMoment = () => undefined } = options;
  const now = options.now ?? ((): Date => new Date());
  const [id, startedAt] = [randomUUID(), now()];
  const momentary = <T>(value: T): T => {
    onMoment();
    return value;
  };
  const invocation: Invocation = {
    get id() {
      return momentary(id);
    },
    get startedAt() {
      return momentary(startedAt);
    },
    now: () => momentary(options.now === undefined ? new Date() : now()),
    verb: 'parse',
    fullRefresh: options.fullRefresh ?? false,
  };
  const parseOptions: ParseOptions = { target, vars, env, invocation };
  const files = readProjectFiles(options.projectDir, (file) => parseProjectFile(file, parseOptions), options.disk);
  if ([files, ...(files.packages ?? [])].some(({ texts }) => texts.some(({ text }) => RANDOM.test(text)))) onMoment();
  return parseProject(files, parseOptions);
}
