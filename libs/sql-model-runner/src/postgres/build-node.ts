import type { BuildOutcome, BuildRequest, Hook, QueryResult, Session } from '../warehouse/warehouse.ts';
import { DatabaseError } from '../errors.ts';
import { materializationOf } from '../project/project.ts';
import { commentSql } from './relation-properties.ts';
import { grantStatements } from './grants.ts';
import { renderName, renderRelation, withSuffix } from './identifier.ts';
import { DEFAULT_LOCK_POLICY, type LockPolicy } from './lock-retry.ts';
import { readPostgresConfig, type PostgresConfig } from './model-config.ts';
import { createIndexSql } from './sql.ts';
import { BACKUP_SUFFIX, BUILT_SUFFIX } from './swap.ts';
import { markBuilt } from './unlogged-marker.ts';

/** What the materializations share: the request, its checked configuration, and the statements that were run. */
export interface Build {
  readonly session: Session;
  readonly request: BuildRequest;
  readonly config: PostgresConfig;
  readonly locks: LockPolicy;
  readonly built: string;
  readonly target: string;
  /** What a constraint refers to (`ref('a')`), as SQL. */
  readonly reference: (text: string) => string;
  /** Statements that help and need not succeed, run once the transaction is over and its locks are gone. */
  readonly afterCommit: string[];
  /** Runs a statement and keeps it for target/run. */
  run(sql: string): Promise<QueryResult>;
}

/**
 * The frame around every materialization, in dbt's order: hooks outside the transaction, then one transaction with the inner
 * hooks, the work, grants and comments; then the outer hooks. All of it happens while no other run builds the same relation.
 */
export async function buildNode(
  session: Session,
  request: BuildRequest,
  work: (build: Build) => Promise<number | null>,
): Promise<BuildOutcome> {
  const config = readPostgresConfig(request.config, {
    definesStrategy: Boolean(request.writeIncrement),
    warn: request.warn,
    partitioned: ['table', 'incremental'].includes(materializationOf(request.node)) ? request.node : null,
  });
  const statements: string[] = [];
  const build: Build = {
    session,
    request,
    config,
    locks: DEFAULT_LOCK_POLICY,
    built: renderRelation(withSuffix(request.relation, BUILT_SUFFIX)),
    target: renderRelation(request.relation),
    reference: request.reference ?? ((text) => text),
    afterCommit: [],
    async run(sql) {
      statements.push(sql);
      return session.execute(sql);
    },
  };
  await dropLeftovers(build);
  await runHooks(session, request.preHooks, false);
  const rows = await session.transaction(async () => {
    await runHooks(session, request.preHooks, true);
    const written = await work(build);
    await describeRelation(build);
    await runHooks(session, request.postHooks, true);
    return written;
  });
  for (const statement of build.afterCommit) await tryStatement(build, statement);
  await runHooks(session, request.postHooks, false);
  return { rows, statements };
}

async function tryStatement({ session, request }: Build, statement: string): Promise<void> {
  try {
    await session.execute(statement);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.retryability === 'transient') throw error;
    request.warn(`after the build "${statement}" failed: ${error.message}`);
  }
}

/** What another program, or a run that was killed between its own transactions, left under the names of the build. */
async function dropLeftovers({ session, request }: Build): Promise<void> {
  const names = [BUILT_SUFFIX, BACKUP_SUFFIX].map((suffix) => withSuffix(request.relation, suffix));
  const { rows } = await session.execute(
    'select exists (select from pg_catalog.pg_class where relname in ($1, $2))',
    names.map(({ identifier }) => identifier),
  );
  if (rows[0]?.[0] !== true) return;
  for (const name of names) {
    const left = await session.findRelation(name);
    if (left === null) continue;
    const kind = left.kind === 'materialized_view' ? 'materialized view' : left.kind;
    await session.execute(`drop ${kind} if exists ${renderName(left.name)} cascade`);
  }
}

async function runHooks(session: Session, hooks: readonly Hook[], inTransaction: boolean): Promise<void> {
  for (const hook of hooks) {
    if (hook.transaction !== inTransaction) continue;
    const sql = hook.render ? await hook.render() : hook.sql;
    if (sql.trim() !== '') await session.execute(sql);
  }
}

/** Indexes of what was just built, before it is swapped in. */
export async function createIndexes(build: Build, identifier: string): Promise<void> {
  const builtAt = new Date().toISOString();
  for (const index of build.config.indexes) {
    await build.run(createIndexSql({ ...build.request.relation, identifier }, index, `${builtAt}${Math.random()}`));
  }
}

export function builtIdentifier({ request }: Build): string {
  return withSuffix(request.relation, BUILT_SUFFIX).identifier;
}

async function describeRelation({ session, request, config }: Build): Promise<void> {
  const relation = await session.findRelation(request.relation);
  if (relation === null) return;
  const name = renderName(request.relation);
  if (config.grants !== null) {
    const isKept = relation.handle === request.existing?.handle;
    for (const statement of await grantStatements(session, request.relation, config.grants, isKept))
      await session.execute(statement);
  }
  const kind = relation.kind === 'materialized_view' ? 'materialized view' : relation.kind;
  const { description } = request.node;
  if (config.persistsRelationDocs && description !== '')
    await session.execute(commentSql(kind, name, null, description));
  if (config.persistsColumnDocs) {
    const existing = new Set((await session.columnsOf(relation)).map((column) => column.name));
    for (const column of request.columns) {
      const own = column.quote === true ? column.name : column.name.toLowerCase();
      if (existing.has(own) && column.description !== '')
        await session.execute(commentSql(kind, name, own, column.description));
    }
  }
  if (relation.isUnlogged) await markBuilt(session, request.relation);
}
