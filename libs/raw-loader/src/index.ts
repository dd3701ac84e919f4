export { ensureMonths, type EnsureMonthsOptions } from './ensure-months.ts';
export { RawLoaderError, RawTableError, type RawLoaderErrorOptions, type Retryability } from './errors.ts';
export type { LoaderPool } from './connection.ts';
export { loadRows, type LoadOptions, type LoadResult } from './load-rows.ts';
export { monthOf, monthsBetween, type Month } from './months.ts';
export type { ColumnValue, QuarantinedRow, RawRow, RowGroup } from './raw-row.ts';
export type { ClaimRank, RawColumn, RawColumnType, RawTable } from './raw-table.ts';
export type { CommittedBatch } from './store-batch.ts';
export type { LoaderQueryResult, LoaderTransaction } from './transaction.ts';
