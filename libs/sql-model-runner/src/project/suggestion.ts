import { nearestName } from '../compile/template-engine.ts';

/** `; did you mean "x"?` for the candidate that a slip of the pen would have made of it, or nothing when none is near. */
export function suggestion(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, candidates);
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}
