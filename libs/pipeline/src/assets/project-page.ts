import { createDropReport, type Allowed, type DropReport, type Projector } from '@ovis/pii-allowlist';
import type { ColumnValue, QuarantinedRow, RawRow } from '@ovis/raw-loader';

/** What to make of a page's items. */
export interface PageProjection<Row> {
  readonly projector: Projector<Row>;
  /** Where an item stands in its source: `page 3, item 17`. */
  readonly positionOf: (index: number) => string;
  /** Columns that all rows of the page have. */
  readonly common: Readonly<Record<string, ColumnValue>>;
  /** A row's own columns, or why it is not what was asked for. */
  readonly columnsOf: (
    allowed: Allowed<Row>,
    index: number,
  ) => Readonly<Record<string, ColumnValue>> | { readonly refused: string };
}

/** The rows of a page, and what was kept back. */
export interface ProjectedPage<Row> {
  readonly rows: readonly (RawRow & { readonly allowed: Allowed<Row> })[];
  readonly quarantined: readonly QuarantinedRow[];
  readonly report: DropReport;
}

/** The positions of a page's items. */
export function itemsOf(place: string): (index: number) => string {
  return (index) => `${place}, item ${String(index + 1)}`;
}

/** Puts a page's items through the allowlist, and gives those that pass their columns. */
export function projectPage<Row>(items: readonly unknown[], projection: PageProjection<Row>): ProjectedPage<Row> {
  const { projector, positionOf, common, columnsOf } = projection;
  const report = createDropReport();
  const rows: (RawRow & { readonly allowed: Allowed<Row> })[] = [];
  const quarantined: QuarantinedRow[] = [];
  for (const [index, item] of items.entries()) {
    const position = positionOf(index);
    const result = projector.project(item, report);
    if (!result.ok) {
      quarantined.push({ position, reason: result.reason });
      continue;
    }
    const columns = columnsOf(result.row, index);
    if (isRefusal(columns)) quarantined.push({ position, reason: columns.refused });
    else rows.push({ allowed: result.row, position, columns: { ...common, ...columns } });
  }
  return { rows, quarantined, report };
}

function isRefusal(
  columns: Readonly<Record<string, ColumnValue>> | { readonly refused: string },
): columns is { readonly refused: string } {
  return 'refused' in columns;
}
