import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import './provided.ts';

/** What a test wants of its database. */
export interface TestDatabaseOptions {
  /** Start from nothing instead of the project's template. Default: false. */
  readonly empty?: boolean;
}

/** A database of one test, dropped when the test is done with it. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
  /** Drops it; sessions that are still open are ended. */
  drop(): Promise<void>;
}

/**
 * Clones the template that the project's global set-up made (see `postgresSetup`); about 30 ms.
 * Databases that a test leaves behind go with the server.
 */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = inject('ovisTestServer');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = options.empty || server.template === null ? 'template1' : server.template;
  await administer(server.url, `create database ${name} template ${template} strategy file_copy`);
  const drop = (): Promise<void> => administer(server.url, `drop database if exists ${name} with (force)`);
  const url = Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
  return { url, name, drop, [Symbol.asyncDispose]: drop };
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
