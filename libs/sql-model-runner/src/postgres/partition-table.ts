import { ModelRunnerError, ProjectError, type SourcePlace } from '../errors.ts';
import { suggestion } from '../project/suggestion.ts';
import type { RelationColumn } from '../warehouse/warehouse.ts';
import { builtIdentifier, createIndexes, type Build } from './build-node.ts';
import { enforceContract } from './contract.ts';
import { quoteIdentifier, quoteLiteral, renderName, withSuffix } from './identifier.ts';
import { readLayout } from './partition-catalog.ts';
import type { PartitionBy } from './partition-config.ts';
import { oldestKept, rangeOf, rangesAhead, rangeSuffix, type PartitionRange } from './partition-range.ts';
import type { IndexConfig } from './sql.ts';
import { BUILT_SUFFIX } from './swap.ts';

/** Types of columns that a table can be partitioned by, and how the beginning of a UTC day is written in them. */
const DAY_STARTS: Readonly<Record<string, (day: string) => string>> = {
  date: (day) => day,
  'timestamp without time zone': (day) => `${day} 00:00:00`,
  'timestamp with time zone': (day) => `${day} 00:00:00+00`,
};

/** More partitions than this make every plan slow. */
const MOST_PARTITIONS = 4000;

/** `partition_by`, matched with the columns that a model has. */
export interface Partitioning extends PartitionBy {
  /** The column, quoted. */
  readonly column: string;
  /** The UTC time that it holds, as an expression: whatever time zone a hook has set. */
  readonly utcTime: string;
  /** The beginning of a UTC day as a literal of the column's type. */
  readonly dayStart: (day: string) => string;
  /** Rows before this day are not kept; null: all are. */
  readonly cutoff: string | null;
}

/** Matches the configuration of a build. @throws ProjectError as `matchColumn`. */
export function matchPartitioning(
  { request, config }: Build,
  partition: PartitionBy,
  columns: readonly RelationColumn[],
): Partitioning {
  const { granularity, retention } = partition;
  const { place } = request.node;
  return {
    ...partition,
    ...matchColumn({ partition, indexes: config.indexes, place }, columns),
    cutoff: retention === null ? null : oldestKept(granularity, retention, nowOf({ request })),
  };
}

/**
 * Finds the column that a model is partitioned by.
 *
 * @param columns of the model.
 * @throws ProjectError when there is no such column, its type is another, or a unique index lacks it.
 */
export function matchColumn(
  model: { readonly partition: PartitionBy; readonly indexes: readonly IndexConfig[]; readonly place: SourcePlace },
  columns: readonly RelationColumn[],
): Pick<Partitioning, 'field' | 'column' | 'utcTime' | 'dayStart'> {
  const { partition, indexes, place } = model;
  const names = columns.map(({ name }) => name);
  const found =
    columns.find(({ name }) => name === partition.field) ??
    columns.find(({ name }) => name === partition.field.toLowerCase());
  if (found === undefined) {
    const known = suggestion(partition.field, names) || `; it has ${names.join(', ')}`;
    throw new ProjectError(
      `config "partition_by.field" is "${partition.field}", and the model has no such column${known}`,
      place,
    );
  }
  const dayStart = DAY_STARTS[found.dataType];
  if (dayStart === undefined)
    throw new ProjectError(
      `config "partition_by.field" is "${partition.field}", a column of type ${found.fullType}; expected a date or a timestamp`,
      place,
    );
  const lacking = indexes.find(
    ({ unique, columns: of }) => unique && !of.some((text) => text.replaceAll('"', '') === found.name),
  );
  if (lacking !== undefined)
    throw new ProjectError(
      `config "indexes" holds a unique index over ${lacking.columns.join(', ')} without "${found.name}": in a partitioned table PostgreSQL can only make rows unique together with partition_by.field; add it, or leave out "unique"`,
      place,
    );
  const column = quoteIdentifier(found.name);
  return {
    field: found.name,
    column,
    utcTime: found.dataType === 'timestamp with time zone' ? `(${column} at time zone 'UTC')` : `${column}::timestamp`,
    dayStart: (day) => quoteLiteral(dayStart(day)),
  };
}

export function nowOf({ request }: Pick<Build, 'request'>): Date {
  return request.startedAt ?? new Date();
}

/** `field >= … and field < …` of one partition. */
export function inRange({ column, dayStart }: Partitioning, { from, to }: PartitionRange): string {
  return `${column} >= ${dayStart(from)} and ${column} < ${dayStart(to)}`;
}

/** The name of a partition, quoted and with its schema. */
export function leafName({ request }: Build, { granularity }: PartitionBy, range: PartitionRange, suffix = ''): string {
  return renderName(withSuffix(request.relation, `_p${rangeSuffix(granularity, range)}${suffix}`));
}

/**
 * Builds the whole table anew as a partitioned one, under the name that is swapped in. Rows whose partition is not there yet are held
 * apart until all rows have come: then it is known which ones are missing.
 *
 * @returns the ranges of its partitions, whose names still have the suffix of what is being built, and the rows written.
 */
export async function createPartitioned(
  build: Build,
  partition: PartitionBy,
): Promise<{ readonly rows: number | null; readonly ranges: readonly PartitionRange[] }> {
  const { request, built, session, config } = build;
  const { insert, partitioning } = await createParent(build, partition);
  const { cutoff, granularity } = partitioning;
  const ranges = (await startingRanges(build, partitioning)).filter(({ from }) => cutoff === null || from >= cutoff);
  for (const range of ranges) await createLeaf(build, partitioning, range);
  const rest = renderName(withSuffix(request.relation, '__dbt_rest'));
  await build.run(`drop table if exists ${rest}`);
  await build.run(`create ${config.isUnlogged ? 'unlogged ' : ''}table ${rest} partition of ${built} default`);
  const { rowCount } = await build.run(insert);
  await refuseUnplaceable(build, partitioning, rest);
  await build.run(`alter table ${built} detach partition ${rest}`);
  const missing = await rangesIn(build, partitioning, rest);
  if (ranges.length + missing.length > MOST_PARTITIONS)
    throw new ProjectError(
      `config "partition_by.granularity" is ${granularity}, which makes ${ranges.length + missing.length} partitions of "${partitioning.field}" (from ${missing[0]?.from ?? ''}); at most ${MOST_PARTITIONS} are made: choose a coarser one`,
      request.node.place,
    );
  for (const range of missing) {
    await createLeaf(build, partitioning, range);
    await build.run(
      `insert into ${leafName(build, partitioning, range, BUILT_SUFFIX)}\nselect * from ${rest}\nwhere ${inRange(partitioning, range)}`,
    );
  }
  await build.run(`drop table ${rest}`);
  await createIndexes(build, builtIdentifier(build));
  // Of a partitioned table nobody gathers statistics by himself: autovacuum looks at its partitions alone.
  await session.execute(`analyze ${built}`);
  return { rows: rowCount, ranges: [...ranges, ...missing] };
}

/** Gives the partitions their lasting names, once those of the replaced table are gone. */
export async function nameLeaves(
  build: Build,
  partition: PartitionBy,
  ranges: readonly PartitionRange[],
): Promise<void> {
  for (const range of ranges) {
    const { identifier } = withSuffix(build.request.relation, `_p${rangeSuffix(partition.granularity, range)}`);
    await build.run(
      `alter table ${leafName(build, partition, range, BUILT_SUFFIX)} rename to ${quoteIdentifier(identifier)}`,
    );
  }
}

async function createParent(
  build: Build,
  partition: PartitionBy,
): Promise<{ readonly insert: string; readonly partitioning: Partitioning }> {
  const { request, built, session, config } = build;
  const contract = await enforceContract(session, request, build.reference);
  const shape = quoteIdentifier(withSuffix(request.relation, '__dbt_shape').identifier);
  const header = config.sqlHeader === null ? '' : `${config.sqlHeader}\n`;
  await build.run(`${header}create temporary table ${shape} on commit drop\nas (\n${request.sql}\n)\nwith no data`);
  const handle = (await session.execute(`select ${quoteLiteral(shape)}::regclass::oid::text`)).rows[0]?.[0];
  const found = { name: request.relation, kind: 'table', isUnlogged: false, handle: String(handle) } as const;
  const partitioning = matchPartitioning(build, partition, await session.columnsOf(found));
  const definition = contract === null ? `like ${shape}` : `\n  ${contract.definition}\n`;
  await build.run(`create table ${built} (${definition}) partition by range (${partitioning.column})`);
  await build.run(`drop table ${shape}`);
  const list = contract === null ? null : contract.columns.join(', ');
  const { column, cutoff, dayStart } = partitioning;
  const kept = cutoff === null ? '' : `\nwhere ${column} >= ${dayStart(cutoff)} or ${column} is null`;
  return {
    insert: `insert into ${built}${list === null ? '' : ` (${list})`}\n(\nselect ${list ?? '*'}\nfrom (\n${request.sql}\n) as model_subq${kept}\n)`,
    partitioning,
  };
}

/** The partitions that the replaced table has, if they are such, and those ahead. */
async function startingRanges(build: Build, { granularity }: Partitioning): Promise<readonly PartitionRange[]> {
  const { existing } = build.request;
  const layout = existing?.kind === 'table' ? await readLayout(build.session, existing.handle) : null;
  const former = (layout?.leaves ?? []).flatMap(({ range }) =>
    range !== null && rangeOf(granularity, range.from).to === range.to ? [range] : [],
  );
  const all = [...former, ...rangesAhead(granularity, nowOf(build))];
  return [...new Map(all.map((range) => [range.from, range])).values()];
}

async function createLeaf(build: Build, partitioning: Partitioning, { from, to }: PartitionRange): Promise<void> {
  const { dayStart } = partitioning;
  const name = leafName(build, partitioning, { from, to }, BUILT_SUFFIX);
  await build.run(
    `create ${build.config.isUnlogged ? 'unlogged ' : ''}table ${name} partition of ${build.built}\nfor values from (${dayStart(from)}) to (${dayStart(to)})`,
  );
}

/** The partitions that the rows of a relation belong to, in their order. */
export async function rangesIn(
  { session }: Build,
  { utcTime, granularity }: Partitioning,
  relation: string,
): Promise<readonly PartitionRange[]> {
  const { rows } = await session.execute(
    `select distinct pg_catalog.date_trunc('${granularity}', ${utcTime})::date::text from ${relation} order by 1`,
  );
  return rows.map(([day]) => rangeOf(granularity, String(day)));
}

/** @throws ModelRunnerError when rows belong to no partition: without a value, infinite, or in a year that has not four digits. */
export async function refuseUnplaceable(build: Build, partitioning: Partitioning, relation: string): Promise<void> {
  const { column, field, dayStart } = partitioning;
  const { rows } = await build.session.execute(
    `select count(*) filter (where ${column} is null)::int, count(*) filter (where ${column} < ${dayStart('1000-01-01')} or ${column} >= ${dayStart('9999-01-01')})::int from ${relation}`,
  );
  const [nulls = 0, odd = 0] = (rows[0] ?? []).map(Number);
  if (nulls + odd === 0) return;
  const [count, what] = nulls > 0 ? [nulls, 'no value'] : [odd, 'no value of the years 1000 to 9998'];
  throw new ModelRunnerError(
    `${build.request.node.place.file}: ${count} ${count === 1 ? 'row has' : 'rows have'} ${what} in "${field}", which config "partition_by.field" names, and so belong to no partition; filter them in the model, or give them a value`,
    'terminal',
  );
}
