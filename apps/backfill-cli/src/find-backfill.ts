import { readBackfill, UsageError, type BackfillStatus } from '@ovis/orchestrator';
import type { Pool } from 'pg';

/** @throws UsageError unless exactly one backfill has the id, or begins with it. */
export async function findBackfill(pool: Pool, id: string): Promise<BackfillStatus> {
  const found = /^[0-9a-fA-F-]{4,36}$/.test(id) ? await readBackfill(pool, id) : null;
  if (found) return found;
  throw new UsageError(
    `no backfill, or more than one, has an id that begins with "${id}"; ovis-backfill status lists them`,
  );
}
