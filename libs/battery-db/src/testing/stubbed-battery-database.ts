import type { BatteryDatabase, BatteryPage, BatteryPosition, ReadPagesOptions } from '../battery-database.ts';
import { ENTITIES, selectList, type BatteryEntity } from '../entities.ts';

/** A row of the database in memory: its columns as text, `recorded_at` and the id among them. */
export type StubbedRow = Readonly<Record<string, string | null>>;

/** A {@link BatteryDatabase} in memory, for tests of code that reads it. Rows may be added while it is read. */
export class StubbedBatteryDatabase implements BatteryDatabase {
  readonly rows: Readonly<Record<BatteryEntity, StubbedRow[]>> = { measurements: [], replacements: [] };
  /** The next readings of a page that fail, each with its error. */
  readonly failures: Error[] = [];

  readPages(options: ReadPagesOptions): AsyncIterable<BatteryPage> {
    selectList(options.entity, options.columns);
    return { [Symbol.asyncIterator]: () => this.#pages(options) };
  }

  async countDays(
    entity: BatteryEntity,
    days: { readonly from: Date; readonly until: Date },
  ): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const row of this.rows[entity]) {
      const recordedAt = new Date(row['recorded_at'] ?? '');
      const day = recordedAt.toISOString().slice(0, 10);
      if (recordedAt >= days.from && recordedAt < days.until) counts.set(day, (counts.get(day) ?? 0) + 1);
    }
    return counts;
  }

  async firstRecordedAt(entity: BatteryEntity): Promise<Date | null> {
    const times = this.rows[entity].map((row) => Date.parse(row['recorded_at'] ?? ''));
    return times.length === 0 ? null : new Date(times.reduce((a, b) => Math.min(a, b)));
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  async *#pages({
    entity,
    columns,
    from,
    until,
    after,
    pageSize = 5_000,
    signal,
    onStatement,
  }: ReadPagesOptions): AsyncGenerator<BatteryPage> {
    const positionOf = (row: StubbedRow): BatteryPosition => ({
      recordedAt: row['recorded_at'] ?? '',
      id: row[ENTITIES[entity].id] ?? '',
    });
    let position = after ?? null;
    do {
      signal?.throwIfAborted();
      onStatement?.();
      const failure = this.failures.shift();
      if (failure) throw failure;
      const found = this.rows[entity]
        .filter((row) => {
          const recordedAt = new Date(row['recorded_at'] ?? '');
          return (
            recordedAt >= from && recordedAt < until && (position === null || compare(positionOf(row), position) > 0)
          );
        })
        .toSorted((one, other) => compare(positionOf(one), positionOf(other)))
        .slice(0, pageSize);
      const last = found.at(-1);
      position = found.length < pageSize || last === undefined ? null : positionOf(last);
      const rows = found.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? null])));
      yield { rows, next: position };
    } while (position !== null);
  }
}

function compare(one: BatteryPosition, other: BatteryPosition): number {
  if (one.recordedAt !== other.recordedAt) return one.recordedAt < other.recordedAt ? -1 : 1;
  return Number(one.id) - Number(other.id);
}
