import type { ExistingRelation } from '../warehouse/warehouse.ts';
import type { Executor } from './catalog.ts';
import type { PartitionBy } from './partition-config.ts';
import { rangeOf, type PartitionRange } from './partition-range.ts';

/** A partition that exists. */
export interface Leaf {
  readonly handle: string;
  readonly name: string;
  /** Null: not a span of whole UTC days, such as a default partition. */
  readonly range: PartitionRange | null;
}

/** How a table is partitioned. */
export interface PartitionLayout {
  /** Null: by something else than the range of one column. */
  readonly field: string | null;
  readonly leaves: readonly Leaf[];
}

const READ_KEY = `
select case when p.partstrat = 'r' and p.partnatts = 1 then a.attname::text end
from pg_catalog.pg_partitioned_table p
left join pg_catalog.pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
where p.partrelid = $1::oid`;

const READ_LEAVES = `
select c.oid::text, c.relname::text, pg_catalog.pg_get_expr(c.relpartbound, c.oid)
from pg_catalog.pg_inherits i
join pg_catalog.pg_class c on c.oid = i.inhrelid
where i.inhparent = $1::oid
order by c.relname`;

const BOUNDS =
  /^FOR VALUES FROM \('(?<from>\d{4}-\d{2}-\d{2})(?: 00:00:00(?:\+00)?)?'\) TO \('(?<to>\d{4}-\d{2}-\d{2})(?: 00:00:00(?:\+00)?)?'\)$/u;

/** Null where the table is not partitioned. */
export async function readLayout(session: Executor, handle: string): Promise<PartitionLayout | null> {
  const key = await session.execute(READ_KEY, [handle]);
  const [found] = key.rows;
  if (found === undefined) return null;
  const { rows } = await session.execute(READ_LEAVES, [handle]);
  return {
    field: typeof found[0] === 'string' ? found[0] : null,
    leaves: rows.map(([oid, name, bound]) => {
      const { from, to } = BOUNDS.exec(String(bound))?.groups ?? {};
      const range = from === undefined || to === undefined ? null : { from, to };
      return { handle: String(oid), name: String(name), range };
    }),
  };
}

/** Why an incremental model cannot go on from its table: it is partitioned in another way than configured. Null where it can. */
export async function layoutDifference(
  session: Executor,
  relation: ExistingRelation,
  wanted: PartitionBy | null,
): Promise<string | null> {
  const layout = await readLayout(session, relation.handle);
  if (wanted === null) return layout === null ? null : 'the table is partitioned and the model no longer is';
  if (layout === null) return 'the table is not partitioned yet';
  const isSame =
    (layout.field === wanted.field || layout.field === wanted.field.toLowerCase()) &&
    layout.leaves.every(({ range }) => range !== null && rangeOf(wanted.granularity, range.from).to === range.to);
  return isSame ? null : 'the table is partitioned in another way';
}
