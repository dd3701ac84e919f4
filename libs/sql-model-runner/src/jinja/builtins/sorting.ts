import { spend } from '../runtime/budget.ts';
import { compare } from '../values/compare.ts';
import type { Value } from '../values/value.ts';

/** A sorted copy; equal elements keep their order, in reverse, too. @param key what each element is sorted by. */
export function sorted(
  items: readonly Value[],
  reverse: boolean,
  key: (item: Value) => Value = (item) => item,
): Value[] {
  spend(items.length);
  const keyed = items.map((item) => ({ item, by: key(item) }));
  const sign = reverse ? -1 : 1;
  keyed.sort((a, b) => sign * (compare(a.by, b.by, '<') || 0));
  return keyed.map(({ item }) => item);
}
