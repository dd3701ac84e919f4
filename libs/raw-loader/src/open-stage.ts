import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { RawTable } from './raw-table.ts';
import { createStageStatement, FIND_STAGES, quoteStage, STAGE_PREFIX } from './stage-statements.ts';

interface SessionRow {
  readonly role: string;
  readonly stages: readonly string[];
}

/**
 * Sees to it that the session of a transaction has an empty stage for the table.
 *
 * @returns the quoted name of the stage.
 */
export async function openStage(client: ClientBase, table: RawTable): Promise<string> {
  const { rows } = await client.query<SessionRow>(FIND_STAGES);
  const { role = '', stages = [] } = rows[0] ?? {};
  // The role is part of the name, as a temporary table belongs to the role that made it, and a session may change its role.
  const name = `${STAGE_PREFIX}${shapeOf(table)}_${role}`;
  const stage = quoteStage(name);
  if (!stages.includes(name)) await client.query(createStageStatement(table, stage));
  return stage;
}

const shapes = new WeakMap<RawTable, string>();

/** Names the columns of a table's stage: tables of one shape share it. */
function shapeOf(table: RawTable): string {
  let shape = shapes.get(table);
  if (shape === undefined) {
    const columns = JSON.stringify(table.columns.map(({ name, type }) => [name, type]));
    shape = createHash('sha256').update(columns).digest('hex').slice(0, 16);
    shapes.set(table, shape);
  }
  return shape;
}
