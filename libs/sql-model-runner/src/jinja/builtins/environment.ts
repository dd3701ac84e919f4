import type { UndefinedBehaviour } from '../values/undefined.ts';
import type { CallArguments, Value } from '../values/value.ts';
import { callNative, type NativeTable } from './native.ts';

/** What filters and tests need of the rendering that they run in. */
export interface Environment {
  readonly behaviour: UndefinedBehaviour;
  applyFilter(name: string, value: Value, args: CallArguments): Value;
  applyTest(name: string, value: Value, args: CallArguments): boolean;
  hasFilter(name: string): boolean;
  hasTest(name: string): boolean;
}

export type Filter = (environment: Environment, value: Value, args: CallArguments) => Value;
export type Test = (environment: Environment, value: Value, args: CallArguments) => boolean;

/** Filters that need nothing but the value and their arguments. */
export function plainFilters(table: NativeTable): [string, Filter][] {
  return Array.from(table, ([name, native]) => [name, (_, value, args) => callNative(name, native, value, args)]);
}
