import { raise } from '../errors.ts';

/** Bounds of one rendering. */
export interface Limits {
  /** Units of work: one for a turn of a loop, two elements or 32 characters, ten for a macro. Default 5 million. */
  readonly work: number;
  /** Macros that may wait for each other's end. Default 250. */
  readonly callDepth: number;
}

export const DEFAULT_LIMITS: Limits = { work: 5_000_000, callDepth: 250 };

/** Longest string that a template may build, in UTF-16 code units. */
const LONGEST_STRING = 1 << 24;
/** Most elements that one operation may give a list. */
const MOST_ITEMS = 1 << 22;

/** Units for a macro or a template. */
const CALL_COST = 10;

/** What one rendering may still spend. */
export class Budget {
  readonly limits: Limits;
  #work: number;
  #depth = 0;

  constructor(limits: Limits) {
    this.limits = limits;
    this.#work = limits.work;
  }

  spend(units: number): void {
    this.#work -= units;
    if (this.#work < 0)
      raise(
        'RuntimeError',
        `the template does too much: more than ${this.limits.work} units of work (is a loop or a recursion endless?)`,
      );
  }

  /** A macro or a template begins. */
  enter(): void {
    if (this.#depth === 0) this.#work = this.limits.work;
    if (this.#depth >= this.limits.callDepth)
      raise('RecursionError', `macros call each other more than ${this.limits.callDepth} levels deep`);
    this.#depth++;
    this.spend(CALL_COST);
  }

  leave(): void {
    this.#depth--;
  }
}

/** While no template runs: what the host does with values is not counted. */
const UNLIMITED = new Budget({ work: Number.POSITIVE_INFINITY, callDepth: Number.POSITIVE_INFINITY });

/**
 * The budget of the template that is running right now. Operators, filters and methods charge it without having it handed down to them: JavaScript
 * runs one template at a time, and whoever starts, leaves or resumes one says so here.
 */
let current = UNLIMITED;

/** A template starts or goes on. @returns the budget that was current. */
export function useBudget(budget: Budget): Budget {
  const previous = current;
  current = budget;
  return previous;
}

/** A template calls the host, is about to wait, or has ended after waiting: what runs next is not its work. @returns as `useBudget`. */
export function releaseBudget(): Budget {
  return useBudget(UNLIMITED);
}

/** Charges for work that grows with the data. */
export function spend(units: number): void {
  current.spend(units);
}

/** Charges for a string of this length; refuses one that is too long. */
export function spendText(length: number): void {
  if (length > LONGEST_STRING)
    raise('MemoryError', `a string of ${length} characters is too long: the limit is ${LONGEST_STRING}`);
  current.spend(length >> 5);
}

/** Charges for a list of this length; refuses one that is too long. */
export function spendItems(length: number): void {
  if (length > MOST_ITEMS) raise('MemoryError', `a list of ${length} elements is too long: the limit is ${MOST_ITEMS}`);
  current.spend(length >> 1);
}
