import fc from 'fast-check';
import { parseSync, loadModule } from 'libpg-query';
import { beforeAll, expect, test } from 'vitest';
import { queryLineage } from './query-lineage.ts';

/** A query whose lineage its generator knows: by column, the columns of tables that reach it. */
interface Generated {
  readonly sql: string;
  readonly columns: readonly { readonly name: string; readonly origins: ReadonlySet<string> }[];
}

const union = (...sets: readonly ReadonlySet<string>[]): ReadonlySet<string> =>
  new Set(sets.flatMap((set) => [...set]));

const table: fc.Arbitrary<Generated> = fc.constantFrom('t1', 't2', 't3').map((name) => ({
  sql: `select * from ${name}`,
  columns: ['a', 'b', 'c'].map((column) => ({ name: column, origins: new Set([`${name}.${column}`]) })),
}));

/** Columns of a query, renamed, put in another order, and added to each other. */
function projected(inner: Generated, picks: readonly (readonly [number, number | null])[], asCte: boolean): Generated {
  const at = (index: number): Generated['columns'][number] =>
    inner.columns[index % inner.columns.length] ?? { name: 'a', origins: new Set() };
  const columns = picks.map(([first, second], index) => {
    const [left, right] = [at(first), second === null ? null : at(second)];
    const expression = right === null ? `q.${left.name}` : `coalesce(${left.name}, q.${right.name} || 'x')`;
    return { name: `p${index}`, origins: union(left.origins, right?.origins ?? new Set()), expression };
  });
  const list = columns.map(({ name, expression }) => `${expression} as ${name}`).join(', ');
  const sql = asCte ? `with q as (${inner.sql}) select ${list} from q` : `select ${list} from (${inner.sql}) as q`;
  return { sql, columns };
}

function joined(left: Generated, right: Generated, isLateral: boolean): Generated {
  const names = (side: string, { columns }: Generated): string =>
    columns.map(({ name }, index) => `${side}.${name} as ${side}${index}`).join(', ');
  const columns = [
    ...left.columns.map((c, i) => ({ ...c, name: `l${i}` })),
    ...right.columns.map((c, i) => ({ ...c, name: `r${i}` })),
  ];
  const from = isLateral
    ? `(${left.sql}) as l, lateral (select * from (${right.sql}) as inside) as r`
    : `(${left.sql}) as l left join (${right.sql}) as r on l.${left.columns[0]?.name} = r.${right.columns[0]?.name}`;
  return { sql: `select ${names('l', left)}, ${names('r', right)} from ${from}`, columns };
}

function united(left: Generated, right: Generated): Generated {
  const width = Math.min(left.columns.length, right.columns.length);
  const cut = (query: Generated): string =>
    `select ${query.columns
      .slice(0, width)
      .map(({ name }) => name)
      .join(', ')} from (${query.sql}) as u`;
  const columns = left.columns.slice(0, width).map(({ name, origins }, index) => ({
    name,
    origins: union(origins, right.columns[index]?.origins ?? new Set()),
  }));
  return { sql: `${cut(left)} union all ${cut(right)}`, columns };
}

const { query } = fc.letrec<{ query: Generated }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    table,
    fc
      .tuple(
        tie('query'),
        fc.array(fc.tuple(fc.nat(9), fc.option(fc.nat(9))), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
      )
      .map(([inner, picks, asCte]) => projected(inner, picks, asCte)),
    fc.tuple(tie('query'), tie('query'), fc.boolean()).map(([l, r, isLateral]) => joined(l, r, isLateral)),
    fc.tuple(tie('query'), tie('query')).map(([l, r]) => united(l, r)),
  ),
}));

beforeAll(loadModule);

test('finds for each column of a query what its generator put there', () => {
  fc.assert(
    fc.property(query, ({ sql, columns }) => {
      const found = queryLineage(parseSync(sql), ({ name }) => ({
        id: name,
        columns: ['a', 'b', 'c'],
        isComplete: true,
      }));
      expect(found.warnings).toEqual([]);
      const shown = found.columns.map(({ name, flows }) => [
        name,
        flows.map((f) => `${f.relation}.${f.column}`).toSorted(),
      ]);
      expect(shown).toEqual(columns.map(({ name, origins }) => [name, [...origins].toSorted()]));
    }),
    { numRuns: 300 },
  );
});
