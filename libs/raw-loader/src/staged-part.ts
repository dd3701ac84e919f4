import type { RawRow, RowGroup, QuarantinedRow } from './raw-row.ts';
import type { RawTable } from './raw-table.ts';
import { RowEncoder, type StorableRange } from './row-encoder.ts';

/** Bytes to collect before they are cut off as a buffer of their own: large enough for few writes, small enough for a flat string. */
const CHUNK_CHARACTERS = 256 * 1024;

/** Groups of one stream that are stored in one transaction, as COPY reads them. */
export interface StagedPart<Checkpoint> {
  /** Lines in COPY's text format: the table's columns, then the payload. */
  readonly chunks: readonly Buffer[];
  readonly bytes: number;
  readonly rows: number;
  /** The different keys of the rows, as texts that are equal if and only if the keys are. */
  readonly keys: ReadonlySet<string>;
  /** Characters replaced by U+FFFD. */
  readonly sanitized: number;
  readonly quarantined: readonly QuarantinedRow[];
  /** Months (`YYYY-MM`) of the rows; empty where the table is not partitioned. */
  readonly months: ReadonlySet<string>;
  /** Days (`YYYY-MM-DD`) that are touched if the rows are stored. */
  readonly days: ReadonlySet<string>;
  /** The progress once the part is stored: that of its last group. */
  readonly checkpoint: Checkpoint;
}

/** Collects the groups of one stream until the loader takes them. */
export class PartBuilder<Checkpoint> {
  readonly #encoder: RowEncoder;
  #groupNumber = 0;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #rows = 0;
  #sanitized = 0;
  #keys = new Set<string>();
  #months = new Set<string>();
  #days = new Set<string>();
  #quarantined: QuarantinedRow[] = [];
  #checkpoint: { readonly value: Checkpoint } | null = null;

  constructor(table: RawTable) {
    this.#encoder = new RowEncoder(table);
  }

  /** Whether no group was added since the last part was taken. */
  get isEmpty(): boolean {
    return this.#checkpoint === null;
  }

  /** Bytes collected so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Adds a whole group.
   *
   * @throws NotAllowedError if a row's document did not come out of an allowlist.
   */
  add(group: RowGroup<Checkpoint>, storable: StorableRange): void {
    this.#groupNumber += 1;
    let text = '';
    for (const [index, row] of group.rows.entries()) {
      text += this.#line(row, index, storable);
      if (text.length >= CHUNK_CHARACTERS) {
        this.#push(text);
        text = '';
      }
    }
    if (text !== '') this.#push(text);
    this.#checkpoint = { value: group.checkpoint };
  }

  /** Hands out what was collected and starts anew; null when no group was added since. */
  take(): StagedPart<Checkpoint> | null {
    if (this.#checkpoint === null) return null;
    const part: StagedPart<Checkpoint> = {
      chunks: this.#chunks,
      bytes: this.#bytes,
      rows: this.#rows,
      keys: this.#keys,
      sanitized: this.#sanitized,
      quarantined: this.#quarantined,
      months: this.#months,
      days: this.#days,
      checkpoint: this.#checkpoint.value,
    };
    this.#chunks = [];
    this.#bytes = 0;
    this.#rows = 0;
    this.#sanitized = 0;
    this.#keys = new Set();
    this.#months = new Set();
    this.#days = new Set();
    this.#quarantined = [];
    this.#checkpoint = null;
    return part;
  }

  #line(row: RawRow, index: number, storable: StorableRange): string {
    const encoded = this.#encoder.encode(row, storable);
    if (!encoded.ok) {
      const position = row.position ?? `group ${this.#groupNumber}, row ${index + 1}`;
      this.#quarantined.push({ position, reason: encoded.reason });
      return '';
    }
    this.#keys.add(encoded.key);
    if (encoded.month !== null) this.#months.add(encoded.month);
    if (encoded.day !== null) this.#days.add(encoded.day);
    this.#sanitized += encoded.replaced;
    this.#rows += 1;
    return encoded.line;
  }

  #push(text: string): void {
    const chunk = Buffer.from(text);
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
  }
}
