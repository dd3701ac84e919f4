import type { DatabaseState } from './capture.ts';

/** One property in which the two differ. */
export interface Difference {
  /** `schema.name`, or the name of a node. */
  readonly what: string;
  /** `rows`, `columns`, `status`, … */
  readonly property: string;
  readonly dbt: string;
  readonly ours: string;
}

/** What differs between two states, relation by relation and property by property. */
export function compareStates(dbt: DatabaseState, ours: DatabaseState): readonly Difference[] {
  const names = [...new Set([...Object.keys(dbt), ...Object.keys(ours)])].toSorted();
  return names.flatMap((what) => {
    const [theirs, own] = [dbt[what], ours[what]];
    if (theirs === undefined || own === undefined) {
      const shown = (facts: unknown): string => (facts === undefined ? 'missing' : 'exists');
      return [{ what, property: 'existence', dbt: shown(theirs), ours: shown(own) }];
    }
    return Object.keys(theirs)
      .filter((property) => theirs[property] !== own[property])
      .map((property) => ({ what, property, ...firstLines(theirs[property] ?? '', own[property] ?? '') }));
  });
}

/** The lines that only one of the two has: enough to see what is wrong. */
function firstLines(dbt: string, ours: string): { readonly dbt: string; readonly ours: string } {
  const [theirs, own] = [dbt.split('\n'), ours.split('\n')];
  const only = (lines: readonly string[], others: readonly string[]): string => {
    const known = new Set(others);
    const rest = lines.filter((line) => !known.has(line));
    return (rest.length === 0 ? lines : rest).slice(0, 3).join(' ⏎ ');
  };
  return { dbt: only(theirs, own), ours: only(own, theirs) };
}
