import { raise } from '../errors.ts';
import { PyObject, type Value } from './value.ts';

/** As in jinja2's sandbox. */
const LONGEST_RANGE = 100_000;

/** Python's range, at most 100,000 numbers long. */
export class PyRange extends PyObject {
  readonly typeName = 'range';
  override readonly isSequence = true;
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly #size: number;

  constructor(start: number, stop: number, step: number) {
    super();
    if (step === 0) raise('ValueError', 'range() arg 3 must not be zero');
    [this.start, this.stop, this.step] = [start, stop, step];
    this.#size = Math.max(0, Math.ceil((stop - start) / step));
    if (this.#size > LONGEST_RANGE)
      raise('OverflowError', `Range too big: ${this.#size} numbers, at most ${LONGEST_RANGE} are allowed`);
  }

  at(index: number): number {
    return this.start + index * this.step;
  }

  override size(): number {
    return this.#size;
  }

  override item(key: Value): Value | undefined {
    if (typeof key !== 'number' || !Number.isInteger(key)) return undefined;
    const index = key < 0 ? key + this.#size : key;
    return index >= 0 && index < this.#size ? this.at(index) : undefined;
  }

  override iterate(): Value[] {
    return Array.from({ length: this.#size }, (_, index) => this.at(index));
  }

  override toRepr(): string {
    return `range(${this.start}, ${this.stop}${this.step === 1 ? '' : `, ${this.step}`})`;
  }

  override equals(other: Value): boolean {
    if (!(other instanceof PyRange) || other.size() !== this.#size) return false;
    return this.#size === 0 || (other.start === this.start && (this.#size === 1 || other.step === this.step));
  }

  override hashKey(): unknown {
    return `\u0000r${this.#size}:${this.start}:${this.step}`;
  }
}
