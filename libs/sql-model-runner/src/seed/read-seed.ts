import { ProjectError } from '../errors.ts';
import type { NodeConfig } from '../project/config.ts';
import { display } from '../project/display.ts';
import { isRecord } from '../project/yaml-cursor.ts';
import type { SeedRows } from '../warehouse/warehouse.ts';
import { parseCsv } from './csv.ts';
import { inferSeedType, textOrNull } from './infer-type.ts';

/**
 * Reads a seed's file into rows for the database.
 *
 * @param config `column_types` (name → type), `quote_columns` (default: names are not quoted), `delimiter`.
 * @throws ProjectError with the line when the header is missing or a row is longer than it.
 */
export function readSeed(file: string, text: string, config: NodeConfig): SeedRows {
  const delimiter = typeof config['delimiter'] === 'string' && config['delimiter'] !== '' ? config['delimiter'] : ',';
  const [header, ...records] = parseCsv(text, delimiter);
  if (header === undefined || header.length === 0) {
    throw new ProjectError('the seed has no header; expected the names of the columns in the first line', {
      file,
      line: 1,
    });
  }
  for (const [index, record] of records.entries()) {
    if (record.length > header.length) {
      throw new ProjectError(
        `row ${index + 1} has ${record.length} values, the header names ${header.length} columns; quote values that contain the delimiter "${delimiter}"`,
        { file, line: index + 2 },
      );
    }
  }
  const names = uniqueNames(header);
  const overrides = isRecord(config['column_types']) ? config['column_types'] : {};
  const quoted = config['quote_columns'] === true;
  const types = names.map((name, column) => {
    const override = Object.hasOwn(overrides, name) ? overrides[name] : undefined;
    if (override !== undefined) return { sql: display(override), convert: textOrNull };
    return inferSeedType(records.map((record) => record[column] ?? ''));
  });
  return {
    columns: names.map((name, column) => ({ name, type: types[column]?.sql ?? 'text', quoted })),
    rows: records.map((record) => names.map((_, column) => types[column]?.convert(record[column] ?? '') ?? null)),
  };
}

/** Names as agate makes them: a repeated name gets a number, a missing one a letter. */
function uniqueNames(header: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return header.map((given, index) => {
    const name = given === '' ? letterName(index) : given;
    let unique = name;
    for (let count = 2; taken.has(unique); count += 1) unique = `${name}_${count}`;
    taken.add(unique);
    return unique;
  });
}

function letterName(index: number): string {
  return String.fromCodePoint(97 + (index % 26)).repeat(Math.floor(index / 26) + 1);
}
