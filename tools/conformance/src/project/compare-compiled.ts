import { hasSqlDetails, parse } from 'libpg-query';
import type { Difference } from '../database/compare.ts';
import type { CompiledFiles } from './read-compiled.ts';

/** Tests and hooks from YAML: the statements of dbt's own tests are not those of this runner. */
const FROM_YAML = /[.]ya?ml[/]/u;

/**
 * What differs between the statements that both compiled of a project's SQL files. Equal are statements of which PostgreSQL's grammar makes the
 * same tree: blanks, comments and needless parentheses do not count. What it cannot parse is compared as text, blanks apart.
 */
export async function compareCompiled(dbt: CompiledFiles, ours: CompiledFiles): Promise<readonly Difference[]> {
  const differences: Difference[] = [];
  for (const path of comparable(dbt, ours)) {
    const [theirs = '', own = ''] = [dbt[path], ours[path]];
    if (theirs === own || (await meaningOf(theirs)) === (await meaningOf(own))) continue;
    differences.push({ what: `compiled ${path}`, property: 'statement', ...around(flat(theirs), flat(own)) });
  }
  return differences;
}

/** The files of which both have a statement of the project's own words. */
export function comparable(dbt: CompiledFiles, ours: CompiledFiles): readonly string[] {
  return Object.keys(dbt)
    .filter((path) => Object.hasOwn(ours, path) && !FROM_YAML.test(path))
    .toSorted();
}

/** Where a node stood in its text. */
const PLACES = new Set([
  'location',
  'stmt_location',
  'stmt_len',
  'rexpr_list_start',
  'rexpr_list_end',
  'list_start',
  'list_end',
]);

async function meaningOf(sql: string): Promise<string> {
  try {
    return JSON.stringify(await parse(sql), (key, value: unknown) => (PLACES.has(key) ? undefined : value));
  } catch (error) {
    if (hasSqlDetails(error)) return flat(sql);
    throw error;
  }
}

function flat(sql: string): string {
  return sql.replaceAll(/\s+/gu, ' ').trim();
}

/** The two texts from a little before they part. */
function around(dbt: string, ours: string): { readonly dbt: string; readonly ours: string } {
  let parted = 0;
  while (parted < dbt.length && dbt[parted] === ours[parted]) parted += 1;
  const start = Math.max(0, parted - 40);
  return { dbt: dbt.slice(start, parted + 160), ours: ours.slice(start, parted + 160) };
}
