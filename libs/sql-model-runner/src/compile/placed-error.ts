import type { SourcePlace } from '../errors.ts';
import { JinjaError } from './template-engine.ts';

/**
 * The error with a place, where it has none: a macro that is called by its name, and not by a template, is not entered when its arguments do not
 * fit.
 */
export function placedError(error: unknown, { file, line = 1, column = 1 }: SourcePlace): unknown {
  if (error instanceof JinjaError && error.frames.length === 0) error.addFrame({ file, line, column, macro: null });
  return error;
}
