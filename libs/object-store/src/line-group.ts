/** Why a line cannot be taken. */
export type MalformedReason =
  /** No JSON, or a part of one. */
  | 'invalid_json'
  /** JSON, but no object. */
  | 'not_an_object'
  | 'invalid_utf8'
  /** Longer than `maxLineBytes`. */
  | 'too_long'
  /** Nested deeper than 200. */
  | 'too_deep';

/** A line that holds an object. */
export interface EvaluationLine {
  /** From 1; empty lines count. */
  readonly line: number;
  /** What came, unchecked. Integers beyond ±(2^53 − 1) and numbers beyond a double's range are strings of their digits. */
  readonly value: unknown;
}

/** A line that cannot be taken: where and why, not what. */
export interface MalformedLine {
  readonly line: number;
  readonly reason: MalformedReason;
}

/** Lines that follow each other. Empty lines belong to a group but stand in neither list. */
export interface LineGroup {
  readonly firstLine: number;
  /** Where to go on: give it as `afterLine`. */
  readonly lastLine: number;
  readonly lines: readonly EvaluationLine[];
  readonly malformed: readonly MalformedLine[];
  /** Of the lines with their breaks, after decompression. */
  readonly bytes: number;
}
