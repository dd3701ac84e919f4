/** One step of the way from the template that was rendered down to the place of an error. */
export interface JinjaFrame {
  /** File as given to `compileTemplate`. */
  readonly file: string;
  /** Line, from 1 (or from `firstLine`). */
  readonly line: number;
  /** Column, from 1, in UTF-16 code units. */
  readonly column: number;
  /** Macro whose body this place lies in; null for the template itself. */
  readonly macro: string | null;
}

/** Frames that a message prints; a runaway recursion has hundreds. */
const PRINTED_FRAMES = 12;
/** Frames that an error keeps. */
const KEPT_FRAMES = 64;

/**
 * A template cannot be compiled or rendered.
 *
 * `frames` leads from the innermost place outwards: macro by macro, up to the template whose rendering was asked for. It is empty only
 * while the error has not yet reached a template (a conversion called by the host itself).
 */
export class JinjaError extends Error {
  override readonly name: string = 'JinjaError';
  /** Python's name of the exception: `UndefinedError`, `TypeError`, `ZeroDivisionError`, `TemplateSyntaxError`, … */
  readonly type: string;
  /** What went wrong, without the place. */
  readonly reason: string;
  /** `transient` only if a host function failed with an error that says so of itself. */
  readonly retryability: 'transient' | 'terminal';
  readonly #frames: JinjaFrame[] = [];

  constructor(type: string, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.type = type;
    this.reason = reason;
    this.retryability = isTransient(options?.cause) ? 'transient' : 'terminal';
  }

  /** Innermost place first; never more than 64. */
  get frames(): readonly JinjaFrame[] {
    return this.#frames;
  }

  /** File of the innermost place. */
  get file(): string | undefined {
    return this.#frames[0]?.file;
  }

  /** Line of the innermost place, from 1. */
  get line(): number | undefined {
    return this.#frames[0]?.line;
  }

  /** Column of the innermost place, from 1. */
  get column(): number | undefined {
    return this.#frames[0]?.column;
  }

  /** Records one more step outwards. Called by compiled templates on the way up. */
  addFrame(frame: JinjaFrame): void {
    if (this.#frames.length >= KEPT_FRAMES) return;
    this.#frames.push(frame);
    if (this.#frames.length <= PRINTED_FRAMES) this.message = describe(this.reason, this.#frames);
    else if (this.#frames.length === PRINTED_FRAMES + 1) this.message += '\n  …';
  }
}

/** The text of a template breaks Jinja's grammar: no scope can render it. */
export class JinjaSyntaxError extends JinjaError {
  override readonly name = 'JinjaSyntaxError';

  constructor(reason: string, frame: JinjaFrame) {
    super('TemplateSyntaxError', reason);
    this.addFrame(frame);
  }
}

/** Throws what Python would: `type` is the name of Python's exception. The place is added by the template that is running. */
export function raise(type: string, reason: string): never {
  throw new JinjaError(type, reason);
}

/** Ends a switch over all kinds: the compiler refuses it when one is left out. */
export function unreachable(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}

function describe(reason: string, frames: readonly JinjaFrame[]): string {
  const [innermost, ...callers] = frames;
  if (innermost === undefined) return reason;
  const inside = innermost.macro === null ? '' : ` (in macro "${innermost.macro}")`;
  const chain = callers.map((f) => `\n  called at ${place(f)}${f.macro === null ? '' : ` in macro "${f.macro}"`}`);
  return `${place(innermost)}: ${reason}${inside}${chain.join('')}`;
}

function place(frame: JinjaFrame): string {
  return `${frame.file}:${frame.line}:${frame.column}`;
}

function isTransient(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'retryability' in cause && cause.retryability === 'transient';
}
