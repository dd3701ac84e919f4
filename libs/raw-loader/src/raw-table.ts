import { RawTableError } from './errors.ts';

/**
 * What a column holds, and so what is checked before a row is sent:
 * `identifier` `[A-Za-z0-9][A-Za-z0-9._:-]{0,127}` · `text` any text, or what `pattern` takes · `timestamp` a `Date` or RFC 3339 text with an offset ·
 * `date` `YYYY-MM-DD` or a `Date` (its UTC day) · `uuid` · `integer` within ±(2^53 − 1) · `number` finite · `boolean`.
 */
export type RawColumnType = 'boolean' | 'date' | 'identifier' | 'integer' | 'number' | 'text' | 'timestamp' | 'uuid';

/** A column of a raw table besides `payload` and `loaded_at`, which every raw table has. */
export interface RawColumn {
  readonly name: string;
  readonly type: RawColumnType;
  /** Of a `text` column: what the whole value must match; other rows are quarantined. */
  readonly pattern?: RegExp;
  /** Whether a row may leave it null. Default: false, such a row is quarantined. Key columns are never null. */
  readonly nullable?: boolean;
  /**
   * Says where a row came from, not what it says (`observed_at`, `run_id`): a difference in it alone is no change, and the
   * stored row keeps its older value. Default: false.
   */
  readonly provenance?: boolean;
}

/**
 * SQL of a value to rank a claim by, over the row named `row` (the stored or the new one; both have the table's columns and `payload`).
 * The greater value wins, null is the least. Text is best compared with `collate "C"`.
 */
export type ClaimRank = (row: string) => string;

/** Where rows go. */
export interface RawTable {
  readonly schema: string;
  readonly name: string;
  /** Besides `payload jsonb` and `loaded_at timestamptz`. */
  readonly columns: readonly RawColumn[];
  /** Names of the columns of its primary key or of a unique constraint, in any order. */
  readonly key: readonly string[];
  /** The `timestamp` or `date` column by whose month it is partitioned. Rows outside [10 years ago, tomorrow] are quarantined. */
  readonly partitionMonth?: string;
  /** The `timestamp` or `date` column whose UTC day counts as touched when a row is inserted or updated. */
  readonly touchedDay: string;
  /**
   * Which of two claims of one key wins: the first rank that differs decides. Claims of equal rank, or all claims where there is no
   * precedence: the later one wins. The same rule holds within a batch and against what is stored, so the ranks decide alone
   * whatever the order of arrival; what ties in all of them depends on it.
   */
  readonly precedence?: readonly ClaimRank[];
}

/** The columns that every raw table has besides its own. */
export const COMMON_COLUMNS = ['payload', 'loaded_at'];

const checked = new WeakSet<RawTable>();

/**
 * Checks a table's description, once.
 *
 * @throws RawTableError if it names no key, a column twice or one that it lacks, or a column of the wrong type.
 */
export function checkTable(table: RawTable): void {
  if (checked.has(table)) return;
  const fail = (problem: string): never => {
    throw new RawTableError(`${table.schema}.${table.name}`, problem);
  };
  const names = table.columns.map((column) => column.name);
  const repeated = [...names, ...COMMON_COLUMNS].find((name, index, all) => all.indexOf(name) !== index);
  if (repeated !== undefined) fail(`column "${repeated}" is listed twice, or is one that every raw table has`);
  if (table.key.length === 0) fail('has no key');
  for (const name of table.key) {
    const column = table.columns.find((candidate) => candidate.name === name);
    if (column === undefined) fail(`key column "${name}" is not among its columns`);
    if (column?.nullable === true || column?.provenance === true) {
      fail(`key column "${name}" can be neither nullable nor provenance`);
    }
  }
  for (const name of [table.touchedDay, table.partitionMonth]) {
    const type = table.columns.find((column) => column.name === name)?.type;
    if (name !== undefined && type !== 'timestamp' && type !== 'date')
      fail(`"${name}" is no timestamp or date column of it`);
  }
  if (table.partitionMonth !== undefined && !table.key.includes(table.partitionMonth)) {
    fail(`"${table.partitionMonth}" partitions it and must be in its key`);
  }
  checked.add(table);
}
