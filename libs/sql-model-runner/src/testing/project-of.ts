import type { ParseOptions } from '../parse/parse-project.ts';
import { parseProject } from '../parse/parse-project.ts';
import type { Project, ProjectFiles, Target } from '../project/project.ts';

/** A target for tests; `database` has to be the real one only where `ref` meets a database. */
export const TEST_TARGET: Target = {
  name: 'dev',
  profileName: 'shop',
  type: 'postgres',
  schema: 'analytics',
  database: 'postgres',
  threads: 4,
};

/** A project from texts by path; `dbt_project.yml` need not be given. */
export function projectOf(files: Readonly<Record<string, string>>, options: Partial<ParseOptions> = {}): Project {
  return parseProject(filesOf(files), {
    target: TEST_TARGET,
    vars: {},
    env: {},
    invocation: { id: 'test', startedAt: new Date('2024-02-29T12:34:56.789Z'), verb: 'parse', fullRefresh: false },
    ...options,
  });
}

export function filesOf(files: Readonly<Record<string, string>>): ProjectFiles {
  const paths = Object.keys(files).toSorted();
  return {
    prefix: '',
    projectFile: { path: 'dbt_project.yml', text: files['dbt_project.yml'] ?? 'name: shop\n' },
    texts: paths
      .filter((path) => !path.endsWith('.csv') && path !== 'dbt_project.yml')
      .map((path) => ({ path, text: files[path] ?? '' })),
    seeds: paths.filter((path) => path.endsWith('.csv')),
    readSeed: (path) => Promise.resolve(files[path] ?? ''),
  };
}
