import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getConstructionPlans, PgBoss } from 'pg-boss';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { describe, expect, test } from 'vitest';
import { createPool } from '../connection/pool.ts';
import { migrationsDirectory } from './migrations-directory.ts';

/** The statements of a plan, without its transaction and its lock, in the same white space. */
function statementsOf(sql: string): string {
  const body = sql.replace(/^\s*BEGIN;[\s\S]*?::bigint\);/, '').replace(/COMMIT;\s*$/, '');
  return body
    .replaceAll(/\s+/g, ' ')
    .replaceAll(' ;', ';')
    .replace(/^[; ]+/, '')
    .trim();
}

describe('the schema of the queue', () => {
  test('is what pg-boss of this version constructs', async () => {
    const migration = await readFile(join(migrationsDirectory, '0006_queue.sql'), 'utf8');
    expect(statementsOf(migration)).toContain(statementsOf(getConstructionPlans('pgboss', { createSchema: false })));
  });

  test('serves a pg-boss that never migrates and acts as the loader: queues, jobs, schedules', async () => {
    await using database = await createTestDatabase();
    const pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader' });
    const db = { executeSql: async (text: string, values?: unknown[]) => pool.query(text, values) };
    const boss = new PgBoss({
      db,
      schema: 'pgboss',
      migrate: false,
      createSchema: false,
      supervise: false,
      schedule: false,
    });
    const errors: unknown[] = [];
    boss.on('error', (error) => errors.push(error));
    await boss.start();
    try {
      await boss.createQueue('plain');
      await boss.createQueue('apart', { partition: true });
      await boss.schedule('plain', '0 */12 * * *', { job: 'x' });
      for (const queue of ['plain', 'apart']) {
        const id = await boss.send(queue, { customer: 'c-000001' });
        const [job] = await boss.fetch<{ customer: string }>(queue);
        expect(job).toMatchObject({ id, data: { customer: 'c-000001' } });
        await boss.complete(queue, job?.id ?? '');
      }
      await boss.supervise();
    } finally {
      await boss.stop({ close: false });
      await pool.end();
    }
    expect(errors).toEqual([]);
  });
});
