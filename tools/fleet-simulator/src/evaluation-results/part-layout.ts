import { MAX_MEMBER_CONTENT, MEMBER_OVERHEAD } from './gzip-members.ts';

/** Lines of a part; the last one of a folder may have fewer. */
export const LINES_PER_PART = 25_000;

/**
 * How lines lie in a part. Every line is as long as every other, filled up with blanks, so that sizes and places are computed.
 * Lines stand in pieces that are made as a whole: each a gzip member, or about as much of a plain part.
 */
export interface PartLayout {
  readonly lines: number;
  /** With its break. */
  readonly bytesPerLine: number;
  readonly linesPerPiece: number;
  /** Of a whole piece as it is stored. */
  readonly bytesPerPiece: number;
  /** Of the part as it is stored. */
  readonly size: number;
}

/** The layout of a part. */
export function partLayout(lines: number, bytesPerLine: number, compressed: boolean): PartLayout {
  const overhead = compressed ? MEMBER_OVERHEAD : 0;
  const linesPerPiece = Math.floor(MAX_MEMBER_CONTENT / bytesPerLine);
  const pieces = Math.ceil(lines / linesPerPiece);
  return {
    lines,
    bytesPerLine,
    linesPerPiece,
    bytesPerPiece: linesPerPiece * bytesPerLine + overhead,
    size: lines * bytesPerLine + pieces * overhead,
  };
}

/** Of the bytes [start, end) of a part: the pieces that they touch, each with its lines and with what to cut out of it. */
export function* piecesOf(
  layout: PartLayout,
  start: number,
  end: number,
): Generator<{ firstLine: number; endLine: number; from: number; to: number }> {
  for (let piece = Math.floor(start / layout.bytesPerPiece); piece * layout.bytesPerPiece < end; piece++) {
    const begin = piece * layout.bytesPerPiece;
    const firstLine = piece * layout.linesPerPiece;
    yield {
      firstLine,
      endLine: Math.min(layout.lines, firstLine + layout.linesPerPiece),
      from: Math.max(0, start - begin),
      to: Math.min(layout.bytesPerPiece, end - begin),
    };
  }
}
