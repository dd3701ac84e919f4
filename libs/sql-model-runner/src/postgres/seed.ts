import { ModelRunnerError } from '../errors.ts';
import type { BuildOutcome, BuildRequest, SeedRows, Session } from '../warehouse/warehouse.ts';
import { buildNode, builtIdentifier, createIndexes, type Build } from './build-node.ts';
import { quoteIdentifier } from './identifier.ts';
import { swapInBuilt } from './table.ts';

/** Parameters that one statement carries at most (the protocol counts them in 16 bits). */
const MAX_PARAMETERS = 60_000;

/**
 * `seed`: a table that exists keeps its columns and gets the file's rows; `--full-refresh`, or no table, makes it from the file.
 * Rows go by `delete`, not `truncate`: readers see the former rows until the commit.
 */
export function buildSeed(session: Session, request: BuildRequest): Promise<BuildOutcome> {
  return buildNode(session, request, async (build) => {
    const { existing, seed, fullRefresh } = request;
    if (seed === null) throw new ModelRunnerError(`the seed "${request.node.name}" has no rows to load`, 'terminal');
    if (existing !== null && existing.kind !== 'table') {
      throw new ModelRunnerError(
        `cannot seed into ${build.target}: it is a ${existing.kind.replace('_', ' ')}; drop it or give the seed another alias`,
        'terminal',
      );
    }
    if (existing !== null && !fullRefresh) {
      await build.run(`delete from ${build.target}`);
      return load(build, build.target, seed);
    }
    const columns = seed.columns.map((column) => `${columnName(column)} ${column.type}`).join(',\n    ');
    await build.run(`create table ${build.built} (\n    ${columns}\n)`);
    const rows = await load(build, build.built, seed);
    await createIndexes(build, builtIdentifier(build));
    await swapInBuilt(build, 'table');
    return rows;
  });
}

async function load({ session }: Build, relation: string, seed: SeedRows): Promise<number> {
  const names = seed.columns.map(columnName).join(', ');
  const width = seed.columns.length;
  const chunk = Math.max(1, Math.floor(MAX_PARAMETERS / Math.max(1, width)));
  for (let from = 0; from < seed.rows.length; from += chunk) {
    const rows = seed.rows.slice(from, from + chunk);
    const values = rows.map(
      (_, row) => `(${seed.columns.map((_, column) => `$${row * width + column + 1}`).join(', ')})`,
    );
    await session.execute(`insert into ${relation} (${names}) values ${values.join(', ')}`, rows.flat());
  }
  return seed.rows.length;
}

function columnName({ name, quoted }: SeedRows['columns'][number]): string {
  return quoted ? quoteIdentifier(name) : name;
}
