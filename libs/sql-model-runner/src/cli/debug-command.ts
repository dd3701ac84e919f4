import { DBT_VERSION } from '../compile/dbt-version.ts';
import { connectPostgres } from '../postgres/warehouse.ts';
import { openProject } from './open-project.ts';
import type { CliIo, CommandOptions } from './options.ts';

/** `debug`: whether the project can be read and the database reached; shows no password. @returns the exit code. */
export async function debugCommand(options: CommandOptions, io: CliIo): Promise<number> {
  const { project, settings, projectDir } = await openProject(options, io);
  io.out(`behaves as dbt ${DBT_VERSION}\nproject:  ${project.name} in ${projectDir}\n`);
  io.out(`target:   ${project.target.name}, schema ${project.target.schema}, ${project.target.threads} threads\n`);
  io.out(`database: ${settings.user}@${settings.host}:${settings.port}/${settings.database}\n`);
  const warehouse = await connectPostgres(settings)({ sessions: 1 });
  try {
    const { rows } = await warehouse.withSession((session) => session.execute('show server_version'));
    io.out(`server:   PostgreSQL ${String(rows[0]?.[0])}\nall checks passed\n`);
    return 0;
  } finally {
    await warehouse.close();
  }
}
