import { ModelRunnerError } from '../errors.ts';
import { display } from '../project/display.ts';
import type { NodeConfig } from '../project/config.ts';
import type { Session } from '../warehouse/warehouse.ts';
import { plainAccess } from './database-access.ts';
import { compileRun, type NodeOutcome, type NodeRun } from './node-run.ts';
import { refuseStaleParents } from './stale-parents.ts';
import { judgeTest, testQuery, withLimit } from './test-query.ts';

/** Runs a data test, and keeps the rows that it finds where it is so configured. */
export async function runTest(run: NodeRun, session: Session): Promise<NodeOutcome> {
  const { node, invocation, warehouse } = run;
  await refuseStaleParents(run.project, node, session);
  const compiled = await compileRun(run, plainAccess(session), { isIncremental: false });
  const keepsAs = storedAs(node.config, invocation.flags?.storeFailures ?? false);
  const limited = withLimit(compiled.sql, node.config);
  const statements: string[] = [];
  let sql = limited;
  if (keepsAs !== null) {
    const materialize = warehouse.materializations[keepsAs];
    if (!materialize) throw new ModelRunnerError(`rows of tests cannot be kept as ${keepsAs}`, 'terminal');
    const built = await session.exclusively(node.relation, async () =>
      materialize(session, {
        node,
        config: {},
        relation: node.relation,
        sql: limited,
        seed: null,
        existing: await session.findRelation(node.relation),
        fullRefresh: true,
        preHooks: [],
        postHooks: [],
        warn: run.warn,
        columns: [],
      }),
    );
    statements.push(...built.statements);
    const { database, schema, identifier } = node.relation;
    sql = `select * from ${[database, schema, identifier].map((part) => `"${part.replaceAll('"', '""')}"`).join('.')}`;
  }
  const query = testQuery(sql, node.config);
  await run.onBuilt([...statements, query]);
  const { status, failures, message } = judgeTest(await session.execute(query), node.config);
  return { status, relation: keepsAs === null ? null : node.relation, rows: failures, message };
}

/** Whether, and as what, the failing rows are kept: `store_failures_as` before `store_failures` before the option. */
export function storedAs(config: NodeConfig, byDefault: boolean): 'table' | 'view' | null {
  const kind = config['store_failures_as'];
  if (kind !== undefined && kind !== null) {
    if (kind === 'table' || kind === 'view') return kind;
    if (kind === 'ephemeral') return null;
    throw new ModelRunnerError(
      `config "store_failures_as" is "${display(kind)}"; expected table, view or ephemeral`,
      'terminal',
    );
  }
  const keeps = config['store_failures'];
  return (typeof keeps === 'boolean' ? keeps : byDefault) ? 'table' : null;
}
