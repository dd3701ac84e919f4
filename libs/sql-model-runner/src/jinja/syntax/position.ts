/** Line and column of one place, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A template's text, able to say on which line an offset lies. */
export class Source {
  readonly text: string;
  readonly file: string;
  readonly firstLine: number;

  /** @param text with `\n` as the only line ending. */
  constructor(text: string, file: string, firstLine: number) {
    this.text = text;
    this.file = file;
    this.firstLine = firstLine;
  }

  /** Computed only when asked: for errors and definitions. */
  position(offset: number): Position {
    let line = this.firstLine;
    let lineStart = 0;
    for (let next = this.text.indexOf('\n'); next !== -1 && next < offset; next = this.text.indexOf('\n', lineStart)) {
      line++;
      lineStart = next + 1;
    }
    return { line, column: Math.max(0, offset - lineStart) + 1 };
  }
}
