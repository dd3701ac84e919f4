import type { NodeResult } from '../run/result.ts';

/** How a line calls a node: a test by its name, anything else by its relation where one was built. */
export function materializationLabel({ resourceType, relation, name }: NodeResult): string {
  return relation === null ? `${resourceType} ${name}` : `${resourceType} ${relation.schema}.${relation.identifier}`;
}
