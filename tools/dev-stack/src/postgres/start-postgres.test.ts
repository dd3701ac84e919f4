import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { startPostgres } from './start-postgres.ts';

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<{ answer: unknown }>(sql)).rows[0]?.answer;
  } finally {
    await client.end();
  }
}

describe(startPostgres, () => {
  test('gives a server that answers, and leaves no folder behind', async () => {
    const server = await startPostgres();
    expect(await ask(server.url, `select current_setting('server_encoding') as answer`)).toBe('UTF8');
    await server.stop();
    expect(existsSync(server.folder)).toBe(false);
  });

  test('begins again where an earlier initdb was cut off', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ovis-test-'));
    await mkdir(join(folder, 'data.unfinished'));
    await writeFile(join(folder, 'data.unfinished', 'PG_VERSION'), '18\n');
    const server = await startPostgres({ folder });
    expect(await ask(server.url, 'select 1 as answer')).toBe(1);
    await server.stop();
    expect(existsSync(join(folder, 'data.unfinished'))).toBe(false);
    await rm(folder, { recursive: true });
  });

  test('recovers what was committed before the postmaster was killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ovis-test-'));
    const first = await startPostgres({ folder });
    await ask(first.url, 'create table kept as select 42 as answer');
    await first.kill();
    await first.stop();
    const second = await startPostgres({ folder });
    expect(await ask(second.url, 'select answer from kept')).toBe(42);
    await second.stop();
    await rm(folder, { recursive: true });
  });
});
