import type { ExistingRelation } from '../warehouse/warehouse.ts';
import type { Executor } from './catalog.ts';
import { DatabaseError, ModelRunnerError } from '../errors.ts';
import { quoteIdentifier, quoteLiteral, renderName } from './identifier.ts';
import { captureProperties, type CapturedProperties } from './relation-properties.ts';

/** Who reads a relation, before anything is locked. */
interface Reader {
  readonly name: string;
  readonly kind: 'view' | 'materialized view';
  readonly owner: string;
}

/** A view or materialized view that reads a relation which is about to be replaced. */
export interface DependentView {
  readonly schema: string;
  readonly name: string;
  readonly isMaterialized: boolean;
  /** Whether it reads the relation itself, not only through another view. */
  readonly isDirect: boolean;
  /** The select, every name in it qualified. */
  readonly definition: string;
  /** `with (…)` options such as security_barrier, ready for SQL; empty when there are none. */
  readonly options: string;
  readonly isPopulated: boolean;
  /** Of materialized views. */
  readonly indexes: readonly string[];
  readonly properties: CapturedProperties;
}

/** The views above a relation, with the longest and the shortest way to it. */
const FIND_DEPENDENTS = `
with recursive dependents(oid, depth) as (
  select r.ev_class, 1
  from pg_catalog.pg_depend d
  join pg_catalog.pg_rewrite r on r.oid = d.objid
  where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.refobjid = $1::oid and r.ev_class <> $1::oid
  union
  select r.ev_class, dependents.depth + 1
  from dependents
  join pg_catalog.pg_depend d on d.refobjid = dependents.oid
  join pg_catalog.pg_rewrite r on r.oid = d.objid
  where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
    and r.ev_class <> dependents.oid
)
select $COLUMNS
from dependents
join pg_catalog.pg_class c on c.oid = dependents.oid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('v', 'm')
group by c.oid, n.nspname`;

const LOCK_COLUMNS = `n.nspname::text, c.relname::text, c.relkind = 'm', pg_catalog.pg_get_userbyid(c.relowner)::text,
  pg_catalog.pg_has_role(c.relowner, 'usage'), max(depth) as depth`;

const CAPTURE_COLUMNS = `c.oid::text, n.nspname::text, c.relname::text, c.relkind = 'm', min(depth) = 1,
  pg_catalog.pg_get_viewdef(c.oid), array_to_string(c.reloptions, ', '), c.relispopulated,
  coalesce((select pg_catalog.jsonb_agg(pg_catalog.pg_get_indexdef(i.indexrelid) order by i.indexrelid)
            from pg_catalog.pg_index i where i.indrelid = c.oid), '[]')::text`;

/**
 * Locks the views above a relation, outermost first, then the relation: the order in which a query on a view takes its locks, so
 * that no reader deadlocks with the swap, and none goes on with a view's former definition after it.
 *
 * @throws ModelRunnerError when a view belongs to somebody else: it could not be made to read the new relation.
 */
export async function lockWithDependents(session: Executor, relation: ExistingRelation): Promise<void> {
  const { rows } = await session.execute(
    `${FIND_DEPENDENTS.replace('$COLUMNS', LOCK_COLUMNS)}\norder by max(depth) desc, c.oid`,
    [relation.handle],
  );
  const readers = rows.map(([schema, name, isMaterialized, owner, mayAlter]): Reader => {
    const kind = isMaterialized === true ? 'materialized view' : 'view';
    const full = `${quoteIdentifier(String(schema))}.${quoteIdentifier(String(name))}`;
    if (mayAlter !== true) throw foreignView(kind, full, String(owner), relation);
    return { name: full, kind, owner: String(owner) };
  });
  for (const { name, kind, owner } of readers) await lockOne(session, kind, name, owner);
  const name = renderName(relation.name);
  if (relation.kind === 'table') await session.execute(`lock table only ${name} in access exclusive mode`);
  else {
    const found = await session.execute(
      'select pg_catalog.pg_get_userbyid(relowner)::text from pg_catalog.pg_class where oid = $1::oid',
      [relation.handle],
    );
    if (found.rows[0])
      await lockOne(session, relation.kind === 'view' ? 'view' : 'materialized view', name, String(found.rows[0][0]));
  }
}

/** Views above a relation that this role may not alter: they cannot be made to read another relation. */
export async function foreignViews(session: Executor, relation: ExistingRelation): Promise<readonly string[]> {
  const { rows } = await session.execute(
    `${FIND_DEPENDENTS.replace('$COLUMNS', LOCK_COLUMNS)}\norder by max(depth) desc, c.oid`,
    [relation.handle],
  );
  return rows
    .filter(([, , , , mayAlter]) => mayAlter !== true)
    .map(([schema, name]) => `${quoteIdentifier(String(schema))}.${quoteIdentifier(String(name))}`);
}

/** `lock table` would lock everything below a view too; giving it to the owner that it has locks the view alone and changes nothing. */
async function lockOne(session: Executor, kind: Reader['kind'], name: string, owner: string): Promise<void> {
  await session.execute(`alter ${kind} ${name} owner to ${quoteIdentifier(owner)}`);
}

function foreignView(kind: string, name: string, owner: string, relation: ExistingRelation): ModelRunnerError {
  return new ModelRunnerError(
    `the ${kind} ${name} reads ${renderName(relation.name)} and belongs to "${owner}", so this role cannot make it read the new relation; make this role a member of "${owner}", give the ${kind} to this role, or drop it`,
    'terminal',
  );
}

/** Reads what is needed to make the dependents of a relation again. The relation must be locked, so that none can be added meanwhile. */
export async function captureDependents(
  session: Executor,
  relation: ExistingRelation,
): Promise<readonly DependentView[]> {
  const { rows } = await withEmptySearchPath(session, () =>
    session.execute(`${FIND_DEPENDENTS.replace('$COLUMNS', CAPTURE_COLUMNS)}\norder by max(depth), c.oid`, [
      relation.handle,
    ]),
  );
  const views: DependentView[] = [];
  for (const row of rows) {
    views.push({
      schema: String(row[1]),
      name: String(row[2]),
      isMaterialized: row[3] === true,
      isDirect: row[4] === true,
      definition: String(row[5]).replace(/;\s*$/u, ''),
      options: typeof row[6] === 'string' && row[6] !== '' ? ` with (${row[6]})` : '',
      isPopulated: row[7] === true,
      indexes: JSON.parse(String(row[8])) as string[],
      properties: await captureProperties(session, String(row[0])),
    });
  }
  return views;
}

/**
 * Points the dependents at the relation that now stands under the old name. Views are replaced in place where the columns allow
 * it: everything above them stays untouched. Otherwise, and for materialized views, they are dropped and made again with their
 * grants, comments, owners and indexes. A view that does not fit the new columns is lost, as it would be with dbt, and reported.
 */
export async function repointDependents(
  session: Executor,
  dependents: readonly DependentView[],
  warn: (message: string) => void,
): Promise<void> {
  if (dependents.length === 0 || (await replaceInPlace(session, dependents))) return;
  await dropDependents(session, dependents);
  for (const view of dependents) await makeAgain(session, view, warn);
}

/** Drops them all; those that read others go with them. */
export async function dropDependents(session: Executor, dependents: readonly DependentView[]): Promise<void> {
  for (const view of dependents) await session.execute(`drop ${kindOf(view)} if exists ${nameOf(view)} cascade`);
}

async function replaceInPlace(session: Executor, dependents: readonly DependentView[]): Promise<boolean> {
  const direct = dependents.filter((view) => view.isDirect);
  if (direct.some((view) => view.isMaterialized)) return false;
  const done = await attempt(session, async () => {
    for (const view of direct)
      await session.execute(`create or replace view ${nameOf(view)}${view.options} as\n${view.definition}`);
  });
  return done === null;
}

async function makeAgain(session: Executor, view: DependentView, warn: (message: string) => void): Promise<void> {
  const failure = await attempt(session, async () => {
    const data = view.isMaterialized && !view.isPopulated ? '\nwith no data' : '';
    await session.execute(`create ${kindOf(view)} ${nameOf(view)}${view.options} as\n${view.definition}${data}`);
    for (const index of view.indexes) await session.execute(index);
    for (const statement of propertiesOf(view)) await session.execute(statement);
  });
  if (failure === null) return;
  warn(
    `the view ${nameOf(view)} no longer fits what it reads and was dropped: ${failure.message}; make it again to fit the new columns`,
  );
}

/** Runs `work` under a savepoint; what the database refused is undone and returned, except a lock that could not be had. */
async function attempt(session: Executor, work: () => Promise<void>): Promise<DatabaseError | null> {
  await session.execute('savepoint ovis_dependents');
  try {
    await work();
    await session.execute('release savepoint ovis_dependents');
    return null;
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.retryability === 'transient') throw error;
    await session.execute('rollback to savepoint ovis_dependents; release savepoint ovis_dependents');
    return error;
  }
}

/** pg_get_viewdef leaves out schemas that the search path already names; with an empty path every name is whole. */
async function withEmptySearchPath<T>(session: Executor, work: () => Promise<T>): Promise<T> {
  const { rows } = await session.execute("select pg_catalog.current_setting('search_path')");
  const [[before] = []] = rows;
  await session.execute("select pg_catalog.set_config('search_path', '', true)");
  const result = await work();
  await session.execute(`select pg_catalog.set_config('search_path', ${quoteLiteral(String(before))}, true)`);
  return result;
}

function propertiesOf(view: DependentView): readonly string[] {
  const [kind, name] = [kindOf(view), nameOf(view)];
  const owner = view.properties.owner(kind, name);
  return [
    ...view.properties.grants(name, null),
    ...view.properties.comments(kind, name, null),
    ...(owner === null ? [] : [owner]),
  ];
}

function kindOf(view: DependentView): 'view' | 'materialized view' {
  return view.isMaterialized ? 'materialized view' : 'view';
}

function nameOf(view: DependentView): string {
  return `${quoteIdentifier(view.schema)}.${quoteIdentifier(view.name)}`;
}
