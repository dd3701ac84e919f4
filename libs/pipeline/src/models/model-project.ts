import {
  connectPostgres,
  loadProject,
  parseConnectionString,
  type Connect,
  type Project,
} from '@ovis/sql-model-runner';

/** A dbt project and the database that it is built in. */
export interface ModelProject {
  /** The folder with dbt_project.yml. */
  readonly directory: string;
  readonly databaseUrl: string;
  /** Models that are built at the same time. */
  readonly threads: number;
  /** The name of the sessions at the server. Default: `ovis-models`. */
  readonly applicationName?: string;
}

/** What the models' relations belong to: it reads raw and writes staging, marts and seeds. */
const ROLE = 'ovis_modeler';
const SCHEMA = 'staging';

/** Reads and parses the project; `fullRefresh` is what its flags answer. @throws its parse errors, with file and line. */
export function openModelProject(
  models: Pick<ModelProject, 'directory' | 'threads'>,
  database = 'ovis',
  fullRefresh = false,
): Promise<Project> {
  const { directory: projectDir, threads } = models;
  return loadProject({
    projectDir,
    fullRefresh,
    target: { name: 'warehouse', profileName: 'ovis', type: 'postgres', schema: SCHEMA, database, threads, role: ROLE },
  });
}

/** Sessions for building it. @throws SettingsError if the database's URL cannot be read; it is never shown. */
export function modelConnection(models: ModelProject): { readonly connect: Connect; readonly database: string } {
  const settings = parseConnectionString(models.databaseUrl);
  return {
    connect: connectPostgres({ ...settings, role: ROLE, applicationName: models.applicationName ?? 'ovis-models' }),
    database: settings.database,
  };
}
