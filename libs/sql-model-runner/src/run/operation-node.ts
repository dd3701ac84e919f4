import type { Project, ProjectNode } from '../project/project.ts';

/** A node that stands for what no file defines: a hook of the project, a macro that is run, an inline query. */
export function operationNode(
  project: Project,
  name: string,
  options: { readonly packageName?: string; readonly sql?: string } = {},
): ProjectNode {
  const packageName = options.packageName ?? project.name;
  return {
    uniqueId: `operation.${packageName}.${name}`,
    resourceType: 'operation',
    packageName,
    name,
    alias: name,
    relation: { database: project.target.database, schema: project.target.schema, identifier: name },
    originalFilePath: 'dbt_project.yml',
    path: `hooks/${name}.sql`,
    fqn: [packageName, 'hooks', name],
    rawCode: options.sql ?? '',
    config: {},
    tags: [],
    description: '',
    columns: [],
    dependsOn: [],
    place: { file: `dbt_project.yml (${name})` },
  };
}
