import { createHash } from 'node:crypto';
import type { ClientBase, QueryResult } from 'pg';
import type { RawTable } from './raw-table.ts';
import { BEGIN_AND_FIND_STAGES, createStageStatement, quoteStage, STAGE_PREFIX } from './stage-statements.ts';

interface SessionRow {
  readonly role: string;
  readonly stages: readonly string[];
}

/**
 * Begins a transaction and sees to it that its session has an empty stage for the table.
 *
 * @returns the quoted name of the stage.
 */
export async function openStage(client: ClientBase, table: RawTable): Promise<string> {
  // Two statements in one message give two results, which pg's types do not say.
  const results = (await client.query(BEGIN_AND_FIND_STAGES)) as unknown as readonly QueryResult<SessionRow>[];
  const { role = '', stages = [] } = results[1]?.rows[0] ?? {};
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
