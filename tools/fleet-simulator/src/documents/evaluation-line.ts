import type { Fleet } from '../fleet/fleet.ts';
import type { Evaluation } from '../world/evaluation.ts';
import { hash, unit } from '../world/hash.ts';
import { SimulatorError } from '../errors.ts';

/** Bytes of every line with its break, whatever it holds: enough for the longest one of the profile. */
const TIDY_BYTES = 320;
const UNTIDY_BYTES = 1280;

/** How long the lines of a fleet are. */
export function evaluationLineBytes(fleet: Fleet): number {
  return fleet.presentation.isTidy && fleet.settings.rates.malformedLines === 0 ? TIDY_BYTES : UNTIDY_BYTES;
}

/** Whether a line comes broken: it ends in the middle. */
export function isMalformed(fleet: Fleet, { site, run }: Evaluation): boolean {
  return unit(hash(hash(site.key, 11), run.day), run.revision) < fleet.settings.rates.malformedLines;
}

/**
 * A line of a part with its break, filled up with blanks; blanks only for a result that was withdrawn.
 *
 * @throws SimulatorError if it is longer than lines are.
 */
export function evaluationLine(fleet: Fleet, evaluation: Evaluation | null): string {
  const bytes = evaluationLineBytes(fleet);
  if (evaluation === null) return `${' '.repeat(bytes - 1)}\n`;
  const text = JSON.stringify(fleet.presentation.evaluation.sent(evaluation));
  const line = isMalformed(fleet, evaluation) ? text.slice(0, text.length >> 1) : text;
  if (line.length < bytes) return `${line.padEnd(bytes - 1)}\n`;
  throw new SimulatorError(`an evaluation line has ${line.length} bytes, more than ${bytes - 1}`, 'terminal');
}
