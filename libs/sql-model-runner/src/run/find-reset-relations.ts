import type { Project, RelationName } from '../project/project.ts';
import type { Connect } from '../warehouse/warehouse.ts';
import { isUnloggedTable } from './stale-parents.ts';

/** A model whose unlogged table a crash of the server emptied. */
export interface ResetRelation {
  readonly uniqueId: string;
  readonly relation: RelationName;
}

/**
 * The unlogged models whose rows are gone (or were never written by this runner): stale until they are built again, which the next
 * run does in full.
 *
 * @throws DatabaseError when the database cannot be reached.
 */
export async function findResetRelations(options: {
  readonly project: Project;
  readonly connect: Connect;
  readonly signal?: AbortSignal;
}): Promise<readonly ResetRelation[]> {
  const { project, signal } = options;
  const unlogged = [...project.nodes.values()].filter(isUnloggedTable);
  if (unlogged.length === 0) return [];
  await using warehouse = await options.connect({ sessions: 1 });
  return await warehouse.withSession(async (session) => {
    const reset: ResetRelation[] = [];
    for (const { uniqueId, relation } of unlogged) {
      const existing = await session.findRelation(relation);
      if (existing !== null && (await session.wasReset(existing))) reset.push({ uniqueId, relation });
    }
    return reset;
  }, signal);
}
