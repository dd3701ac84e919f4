import { randomUUID } from 'node:crypto';
import { compileNode } from '../compile/compile-node.ts';
import type { RelationFacts } from '../compile/relation-value.ts';
import { topologicalOrder } from '../graph/graph.ts';
import { materializationOf, type Project, type ProjectNode } from '../project/project.ts';
import { DatabaseError } from '../errors.ts';
import { readSeed } from '../seed/read-seed.ts';
import type { RelationColumn, Session, Warehouse } from '../warehouse/warehouse.ts';
import { plainAccess } from './database-access.ts';
import { describeFailure } from './describe-failure.ts';
import { parseFailure } from './parse-sql.ts';

/** What a check found of one node. */
export interface CheckResult {
  readonly node: ProjectNode;
  readonly status: 'ok' | 'error' | 'skipped';
  readonly message: string | null;
}

/** What `checkProject` takes. */
export interface CheckOptions {
  readonly project: Project;
  readonly ids: ReadonlySet<string>;
  /** Null: only the grammar is checked. */
  readonly warehouse: Warehouse | null;
  readonly signal?: AbortSignal;
  /** Where the rendered SQL of a node that is wrong is written, for messages. */
  readonly onCompiled?: (node: ProjectNode, sql: string) => Promise<string>;
  /** Given what PostgreSQL would make of each node; asked for only with a database. */
  readonly onPlanned?: (node: ProjectNode, planned: PlannedRelation) => void;
}

/** What a node would be, were it built now. */
export interface PlannedRelation {
  readonly columns: readonly RelationColumn[];
  /** What the planner expects its select to give, built anew; null for a seed. */
  readonly rows: number | null;
  /** Likewise of what an incremental model adds when it goes on; null for others. */
  readonly newRows: number | null;
}

/** Views over views unfold into plans that grow without bound; a plan over more relations is not worth its time. */
const MAX_PLANNED_RELATIONS = 64;

const silent = (): void => undefined;

/**
 * Checks models without building them: each is parsed by PostgreSQL's grammar and, with a database, planned over empty shells of what
 * it reads, in a transaction that is undone. So a misspelt column is an error before anything is built.
 */
export async function checkProject(options: CheckOptions): Promise<readonly CheckResult[]> {
  const { project, ids, warehouse, signal } = options;
  const nodes = topologicalOrder(project.graph)
    .filter((id) => ids.has(id))
    .flatMap((id) => project.nodes.get(id) ?? [])
    .filter((node) => node.resourceType !== 'unit_test' && node.resourceType !== 'analysis');
  if (warehouse === null) return new Checking(options, null).all(nodes);
  return warehouse.withSession(async (session) => {
    await session.execute('begin');
    try {
      return await new Checking(options, session).all(nodes);
    } finally {
      await session.execute('rollback');
    }
  }, signal);
}

/** The shells that a check has made so far. */
class Checking {
  readonly #options: CheckOptions;
  readonly #session: Session | null;
  readonly #shells = new Map<string, RelationFacts>();
  readonly #failed = new Set<string>();
  /** How many relations a plan over a shell reads, once the views in it are unfolded. */
  readonly #weights = new Map<string, number>();
  #count = 0;

  constructor(options: CheckOptions, session: Session | null) {
    this.#options = options;
    this.#session = session;
  }

  async all(nodes: readonly ProjectNode[]): Promise<readonly CheckResult[]> {
    const results: CheckResult[] = [];
    await this.#session?.execute('savepoint ovis_check');
    for (const node of nodes) results.push(await this.#check(node));
    return results;
  }

  async #check(node: ProjectNode): Promise<CheckResult> {
    const cause = node.dependsOn.find((id) => this.#failed.has(id));
    if (cause !== undefined) {
      this.#failed.add(node.uniqueId);
      const name = this.#options.project.nodes.get(cause)?.name ?? cause;
      return { node, status: 'skipped', message: `not checked: "${name}", which it reads, is wrong` };
    }
    const message = node.resourceType === 'seed' ? await this.#seed(node) : await this.#model(node);
    if (message !== null) this.#failed.add(node.uniqueId);
    return { node, status: message === null ? 'ok' : 'error', message };
  }

  async #seed(node: ProjectNode): Promise<string | null> {
    const { project } = this.#options;
    return this.#attempt(node, null, async () => {
      const { columns } = readSeed(node.place.file, await project.readSeed(node), node.config);
      const list = columns.map(
        ({ name, type, quoted }) => `${quoted ? `"${name.replaceAll('"', '""')}"` : name} ${type}`,
      );
      const shell = this.#shellName();
      await this.#session?.execute(`create temporary table ${shell} (${list.join(', ')}) on commit drop`);
      this.#remember(node, shell);
      await this.#tell(node, shell, { rows: null, newRows: null });
    });
  }

  async #model(node: ProjectNode): Promise<string | null> {
    const compiled: { sql: string; file: string | null } = { sql: '', file: null };
    return this.#attempt(node, compiled, async () => {
      const shell = this.#shellName();
      const isIncremental = materializationOf(node) === 'incremental' && this.#session !== null;
      const rounds = isIncremental ? [false, true] : [false];
      for (const round of rounds) {
        compiled.sql = await this.#compile(node, round);
        const wrong = await parseFailure(compiled.sql);
        if (wrong !== null) throw wrong;
        const name = round ? `${shell}_more` : shell;
        await this.#session?.execute(`create temporary view ${name} as (\n${compiled.sql}\n)`);
        if (!round) this.#remember(node, shell);
      }
      const isTable = ['table', 'incremental'].includes(materializationOf(node));
      if (isTable) await this.#session?.checkConfig(node, { database: '', schema: '', identifier: shell });
      if (node.resourceType === 'test' || this.#options.onPlanned === undefined) return;
      const rows = await this.#estimate(node, false);
      await this.#tell(node, shell, { rows, newRows: isIncremental ? await this.#estimate(node, true) : null });
    });
  }

  /** What the planner expects a model to give, from the tables that are there; null where too much is still to be built. */
  async #estimate(node: ProjectNode, isIncremental: boolean): Promise<number | null> {
    if (this.#session === null) return null;
    const inputs = new Map<string, RelationFacts>();
    let weight = 0;
    for (const id of [...node.dependsOn, ...(isIncremental ? [node.uniqueId] : [])]) {
      const parent = this.#options.project.nodes.get(id);
      const isTable = parent !== undefined && !['view', 'ephemeral'].includes(materializationOf(parent));
      const found = isTable ? await this.#session.findRelation(parent.relation) : null;
      if (found?.kind === 'table') inputs.set(id, { name: found.name, type: 'table' });
      else if (id === node.uniqueId) return null;
      weight += found === null ? (this.#weights.get(id) ?? 1) : 1;
    }
    this.#weights.set(node.uniqueId, weight);
    if (weight > MAX_PLANNED_RELATIONS) return null;
    const sql = await this.#compile(node, isIncremental, (id) => inputs.get(id) ?? this.#shells.get(id));
    await this.#session.execute('savepoint ovis_estimate');
    try {
      const { rows } = await this.#session.execute(`explain (format json)\n${sql}`);
      const answer: unknown = typeof rows[0]?.[0] === 'string' ? JSON.parse(rows[0][0]) : rows[0]?.[0];
      const [plan] = Array.isArray(answer) ? (answer as { readonly Plan?: { readonly 'Plan Rows'?: number } }[]) : [];
      return plan?.Plan?.['Plan Rows'] ?? null;
    } catch (error) {
      // A column of a table that is there may be yet to come.
      if (!(error instanceof DatabaseError) || error.retryability === 'transient') throw error;
      await this.#session.execute('rollback to savepoint ovis_estimate');
      return null;
    }
  }

  async #tell(node: ProjectNode, shell: string, estimates: Omit<PlannedRelation, 'columns'>): Promise<void> {
    const { onPlanned } = this.#options;
    if (onPlanned === undefined || this.#session === null) return;
    const relation = await this.#session.findRelation({ database: '', schema: '', identifier: shell });
    if (relation !== null) onPlanned(node, { ...estimates, columns: await this.#session.columnsOf(relation) });
  }

  async #compile(
    node: ProjectNode,
    isIncremental: boolean,
    inputs: (id: string) => RelationFacts | undefined = (id) => this.#shells.get(id),
  ): Promise<string> {
    const { project } = this.#options;
    const { sql } = await compileNode({
      project,
      node,
      invocation: { id: randomUUID(), startedAt: new Date(), verb: 'compile', fullRefresh: false },
      access: this.#session === null ? null : plainAccess(this.#session),
      isIncremental,
      inputs,
      log: silent,
      warn: silent,
    });
    return sql;
  }

  #shellName(): string {
    this.#count += 1;
    return `ovis_check_${this.#count}`;
  }

  #remember(node: ProjectNode, shell: string): void {
    // Ephemeral models are part of those that read them; a snapshot has columns besides.
    const isInside = materializationOf(node) === 'ephemeral' || node.resourceType === 'snapshot';
    if (this.#session === null || isInside || node.resourceType === 'test') return;
    this.#shells.set(node.uniqueId, { name: { schema: 'pg_temp', identifier: shell }, type: 'view' });
  }

  /** Runs `work`; what went wrong is undone to the savepoint. @returns what went wrong, for people; null when nothing did. */
  async #attempt(
    node: ProjectNode,
    compiled: { sql: string; file: string | null } | null,
    work: () => Promise<void>,
  ): Promise<string | null> {
    try {
      await work();
      await this.#session?.execute('release savepoint ovis_check; savepoint ovis_check');
      return null;
    } catch (error) {
      await this.#session?.execute('rollback to savepoint ovis_check');
      if (compiled !== null && compiled.sql !== '')
        compiled.file = (await this.#options.onCompiled?.(node, compiled.sql)) ?? null;
      return describeFailure(error, compiled);
    }
  }
}
