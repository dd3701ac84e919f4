import { baseNames, type Invocation } from '../compile/base-context.ts';
import { textOf } from '../compile/call-arguments.ts';
import { NodeScope, fn } from '../compile/node-scope.ts';
import { compileTemplate, toPython } from '../compile/template-engine.ts';
import { queryTable } from '../compile/query-table.ts';
import type { Project } from '../project/project.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { adapterValue, apiValue } from '../compile/adapter-value.ts';

/** Hooks around a whole run. */
export interface ProjectHooks {
  readonly project: Project;
  readonly invocation: Invocation;
  readonly warehouse: Warehouse;
  readonly hooks: readonly string[];
  /** `on-run-start` or `on-run-end`, for messages. */
  readonly name: string;
  readonly signal: AbortSignal | undefined;
  readonly log: (message: string) => void;
  readonly warn: (message: string) => void;
}

/** Renders and runs the hooks one after the other, each in its own transaction. @throws JinjaError, DatabaseError */
export async function runHooks(run: ProjectHooks): Promise<void> {
  const { project, invocation, warehouse, log, warn } = run;
  const context = {
    projectName: project.name,
    packageName: project.name,
    target: project.target,
    variables: project.variables,
    invocation,
    log,
    warn,
  };
  const built = [...project.nodes.values()].filter(({ resourceType }) => resourceType !== 'test');
  const schemas = [...new Set(built.map(({ relation }) => relation.schema))];
  await warehouse.withSession(async (session) => {
    const scope: NodeScope = new NodeScope(
      project.library,
      {
        ...baseNames(context),
        execute: () => true,
        schemas: () => toPython(schemas),
        run_query: () =>
          fn('run_query', async ({ positional: [sql] }) => queryTable(await session.execute(textOf(sql)))),
        adapter: () =>
          adapterValue({
            access: session,
            dispatch: (name, namespace) => scope.dispatch(name, namespace),
            macroNames: () => project.library.names(),
            database: project.target.database,
          }),
        api: apiValue,
      },
      false,
    );
    for (const hook of run.hooks) {
      const sql = (await compileTemplate(hook, `dbt_project.yml (${run.name})`).render(scope)).trim();
      if (sql !== '') await session.transaction(() => session.execute(sql));
    }
  }, run.signal);
}
