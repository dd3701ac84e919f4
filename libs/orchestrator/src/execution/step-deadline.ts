import type { ExtractAsset } from '../asset.ts';
import { StepDeadlineError } from '../errors.ts';

const HOUR_MS = 3_600_000;
/** A step that has not ended by then has come to nothing: a night, and a snapshot's period, have room for two. */
export const DEFAULT_STEP_DEADLINE_MS = 4 * HOUR_MS;

/** Milliseconds that steps may take: of raw tables as they say themselves, of all others the same. */
export interface StepDeadlines {
  /** Default: `DEFAULT_STEP_DEADLINE_MS`. */
  readonly stepDeadlineMs?: number;
}

/** The deadline of one step, from now on. */
export class StepDeadline implements Disposable {
  readonly error: StepDeadlineError;
  readonly #late = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(what: string, milliseconds: number) {
    this.error = new StepDeadlineError(what, milliseconds);
    this.#timer = setTimeout(() => this.#late.abort(this.error), milliseconds);
  }

  static of(asset: Pick<ExtractAsset<never>, 'name' | 'deadlineMs'>, { stepDeadlineMs }: StepDeadlines): StepDeadline {
    return new StepDeadline(
      `the step of ${asset.name}`,
      asset.deadlineMs ?? stepDeadlineMs ?? DEFAULT_STEP_DEADLINE_MS,
    );
  }

  /** Aborted when it has passed. */
  get signal(): AbortSignal {
    return this.#late.signal;
  }

  get isPast(): boolean {
    return this.#late.signal.aborted;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
