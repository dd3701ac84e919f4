import { isAscii, isUtf8 } from 'node:buffer';
import type { EvaluationLine, LineGroup, MalformedLine, MalformedReason } from './line-group.ts';
import { isNestedDeeper } from './nesting.ts';
import { mayHoldLongNumbers } from './long-numbers.ts';
import { parseJson } from './parse-json.ts';

/** Bounds of a reading. */
export interface LineLimits {
  /** Lines up to this number are skipped. */
  readonly afterLine: number;
  readonly maxLineBytes: number;
  readonly maxGroupBytes: number;
  readonly maxGroupLines: number;
}

const NEWLINE = 10;
const MAX_NESTING = 200;
/** Shorter lines cannot nest so deep that it hurts. */
const NESTING_MATTERS_FROM = 2048;

/**
 * Cuts bytes into lines and lines into groups, and parses them. Holds one line that has not ended and one group. CRLF is a line
 * break, too; a byte order mark at the beginning and a missing break at the end do not matter; lines of white space are counted
 * and passed over.
 */
export class LineReader {
  readonly #limits: LineLimits;
  /** Of the line that has not ended. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Whether that line is longer than allowed: what comes of it is thrown away. */
  #overlong = false;
  /** Lines that have ended. */
  #line = 0;
  #firstLine = 0;
  #lines: EvaluationLine[] = [];
  #malformed: MalformedLine[] = [];
  #groupBytes = 0;

  constructor(limits: LineLimits) {
    this.#limits = limits;
  }

  /** Takes bytes; gives the groups that are full. */
  *push(chunk: Buffer): Generator<LineGroup> {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end === -1) {
      this.#hold(chunk);
      return;
    }
    let rest = chunk.subarray(0, end + 1);
    if (this.#overlong) {
      const lineEnd = rest.indexOf(NEWLINE) + 1;
      if (this.#end('too_long', this.#pendingBytes + lineEnd)) yield this.#closeGroup();
      rest = rest.subarray(lineEnd);
    } else if (this.#pendingBytes > 0) {
      const lineEnd = rest.indexOf(NEWLINE) + 1;
      yield* this.#take(Buffer.concat([...this.#pending, rest.subarray(0, lineEnd)]));
      rest = rest.subarray(lineEnd);
    }
    this.#forgetPending();
    yield* this.#take(rest);
    this.#hold(chunk.subarray(end + 1));
  }

  /** Takes the end of the part; gives the last group, if there is one. */
  *end(): Generator<LineGroup> {
    if (this.#overlong) this.#end('too_long', this.#pendingBytes);
    else if (this.#pendingBytes > 0) yield* this.#take(Buffer.concat(this.#pending));
    this.#forgetPending();
    yield* this.rest();
  }

  /** Gives the lines that have ended and are in no group yet, when nothing more will come although the part has not ended. */
  *rest(): Generator<LineGroup> {
    if (this.#firstLine > 0) yield this.#closeGroup();
  }

  #hold(rest: Buffer): void {
    if (rest.length === 0) return;
    this.#pendingBytes += rest.length;
    // One more for a carriage return that belongs to the line break.
    if (this.#pendingBytes > this.#limits.maxLineBytes + 1) {
      this.#overlong = true;
      this.#pending = [];
    } else this.#pending.push(rest);
  }

  #forgetPending(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#overlong = false;
  }

  /** Whole lines; the last one may lack its break. */
  *#take(block: Buffer): Generator<LineGroup> {
    const bytes = this.#skipKnown(block);
    if (bytes.length === 0) return;
    const ascii = isAscii(bytes);
    if (!ascii && !isUtf8(bytes)) {
      yield* this.#takeByLine(bytes);
      return;
    }
    const text = bytes.toString(ascii ? 'latin1' : 'utf8');
    const { maxLineBytes } = this.#limits;
    const parse = mayHoldLongNumbers(bytes, text) ? parseJson : JSON.parse;
    for (let at = 0; at < text.length;) {
      const newline = text.indexOf('\n', at);
      const end = newline === -1 ? text.length : newline;
      const next = newline === -1 ? end : newline + 1;
      const line = text.slice(at, end);
      const size = ascii ? next - at : Buffer.byteLength(line) + next - end;
      const tooLong = size > maxLineBytes && size - breakBytes(line, next - end) > maxLineBytes;
      if (tooLong ? this.#end('too_long', size) : this.#parse(line, size, parse)) yield this.#closeGroup();
      at = next;
    }
  }

  /** The slow way, for bytes of which some are no UTF-8. */
  *#takeByLine(bytes: Buffer): Generator<LineGroup> {
    for (let at = 0; at < bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, at);
      const next = newline === -1 ? bytes.length : newline + 1;
      const line = bytes.subarray(at, next);
      if (isUtf8(line)) yield* this.#take(line);
      else if (this.#end('invalid_utf8', line.length)) yield this.#closeGroup();
      at = next;
    }
  }

  /** Counts the lines that were read before, without looking into them. */
  #skipKnown(block: Buffer): Buffer {
    let at = 0;
    while (this.#line < this.#limits.afterLine && at < block.length) {
      const newline = block.indexOf(NEWLINE, at);
      at = newline === -1 ? block.length : newline + 1;
      this.#line++;
    }
    return at === 0 ? block : block.subarray(at);
  }

  /** Takes a line; says whether the group is full. */
  #parse(text: string, bytes: number, parse: (text: string) => unknown): boolean {
    // A byte order mark is U+FEFF once decoded.
    const line = this.#line === 0 && text.startsWith('\ufeff') ? text.slice(1) : text;
    const deep = line.length >= NESTING_MATTERS_FROM && isNestedDeeper(line, MAX_NESTING);
    if (deep) return this.#end('too_deep', bytes);
    let value: unknown;
    try {
      value = parse(line);
    } catch {
      // The error's message would quote the line.
      return this.#end(line.trim() === '' ? null : 'invalid_json', bytes);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.#end('not_an_object', bytes);
    }
    this.#lines.push({ line: this.#line + 1, value });
    return this.#end(null, bytes);
  }

  /** Ends a line: it is in the group's list of lines already, or malformed, or empty. Says whether the group is full. */
  #end(reason: MalformedReason | null, bytes: number): boolean {
    this.#line++;
    // Only an overlong line gets here although it was read before.
    if (this.#line <= this.#limits.afterLine) return false;
    if (this.#firstLine === 0) this.#firstLine = this.#line;
    if (reason !== null) this.#malformed.push({ line: this.#line, reason });
    this.#groupBytes += bytes;
    const { maxGroupBytes, maxGroupLines } = this.#limits;
    return this.#groupBytes >= maxGroupBytes || this.#line - this.#firstLine + 1 >= maxGroupLines;
  }

  #closeGroup(): LineGroup {
    const group: LineGroup = {
      firstLine: this.#firstLine,
      lastLine: this.#line,
      lines: this.#lines,
      malformed: this.#malformed,
      bytes: this.#groupBytes,
    };
    this.#firstLine = 0;
    this.#lines = [];
    this.#malformed = [];
    this.#groupBytes = 0;
    return group;
  }
}

function breakBytes(line: string, newlineBytes: number): number {
  return newlineBytes + (newlineBytes > 0 && line.endsWith('\r') ? 1 : 0);
}
