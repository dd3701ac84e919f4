import type { BatteryEntity } from './entities.ts';

/** Where reading goes on: behind the row with this time and id. Plain JSON, made to be kept while the work is open. */
export interface BatteryPosition {
  /** UTC with microseconds, as the database wrote it. */
  readonly recordedAt: string;
  readonly id: string;
}

/** Some rows in the order in which they were recorded. */
export interface BatteryPage {
  /** Objects with the columns that were asked for: text, or null. */
  readonly rows: readonly unknown[];
  /** Null on the last page. */
  readonly next: BatteryPosition | null;
}

/** Which rows to read. */
export interface ReadPagesOptions {
  readonly entity: BatteryEntity;
  /** Only these are read. */
  readonly columns: readonly string[];
  /** The first `recorded_at`, inclusive. */
  readonly from: Date;
  /** The last, exclusive. */
  readonly until: Date;
  /** Where an earlier reading of the same range stopped. */
  readonly after?: BatteryPosition | null;
  /** Rows of a page, 1 to 50,000. Default: 5,000. */
  readonly pageSize?: number;
  readonly signal?: AbortSignal | undefined;
  /** Told of each statement that is sent. */
  readonly onStatement?: () => void;
}

/** The battery database of another team, read without disturbing it. */
export interface BatteryDatabase extends AsyncDisposable {
  /**
   * Rows recorded in a range, in the order of `(recorded_at, id)`. Each page is one short statement and a snapshot of its own: a
   * row that is committed behind the reading is not seen. The next page is read while the present one is worked on.
   *
   * @throws BatteryOptionError at once for what cannot be asked.
   */
  readPages(options: ReadPagesOptions): AsyncIterable<BatteryPage>;
  /** How many rows were recorded on each UTC day (`YYYY-MM-DD`) of a range of whole days, days without any left out. A statement a day. */
  countDays(
    entity: BatteryEntity,
    days: { readonly from: Date; readonly until: Date },
    options?: Pick<ReadPagesOptions, 'signal' | 'onStatement'>,
  ): Promise<ReadonlyMap<string, number>>;
  /** The time of the first row that was recorded, or null if there is none. */
  firstRecordedAt(
    entity: BatteryEntity,
    options?: Pick<ReadPagesOptions, 'signal' | 'onStatement'>,
  ): Promise<Date | null>;
  /** Closes the connections; may be called again. */
  close(): Promise<void>;
}
