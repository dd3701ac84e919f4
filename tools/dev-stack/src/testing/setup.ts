import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../postgres/start-postgres.ts';
import './provided.ts';

const TEMPLATE = 'ovis_template';

/** Durability is worth nothing here: the folder goes with the server. */
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };

/** What a project's tests want of their server. */
export interface PostgresSetupOptions {
  /** Fills the template database that each test's database is cloned from, e.g. by migrating it. Must close its connections. */
  readonly prepare?: (url: string) => Promise<void>;
}

interface TestServer {
  readonly url: string;
  urlOf(database: string): string;
  stop(): Promise<void>;
}

/**
 * A vitest `globalSetup`: one PostgreSQL server for the test files of a project, stopped after them.
 * `OVIS_TEST_DATABASE=container` runs the stock image in a Docker engine instead of the embedded server.
 */
export function postgresSetup(
  options: PostgresSetupOptions = {},
): (project: TestProject) => Promise<() => Promise<void>> {
  return async (project) => {
    const server =
      process.env['OVIS_TEST_DATABASE'] === 'container'
        ? await startContainer()
        : await startPostgres({ settings: FAST });
    try {
      if (options.prepare) await makeTemplate(server, options.prepare);
    } catch (error) {
      await server.stop();
      throw error;
    }
    project.provide('ovisTestServer', { url: server.url, template: options.prepare ? TEMPLATE : null });
    return () => server.stop();
  };
}

async function makeTemplate(server: TestServer, prepare: (url: string) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query(`create database ${TEMPLATE}`);
    await prepare(server.urlOf(TEMPLATE));
  } finally {
    await client.end();
  }
}

async function startContainer(): Promise<TestServer> {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const container = await new PostgreSqlContainer('postgres:18')
    .withCommand(['postgres', ...Object.entries(FAST).flatMap(([name, value]) => ['-c', `${name}=${value}`])])
    .start();
  const url = new URL(container.getConnectionUri());
  const urlOf = (database: string): string => Object.assign(new URL(url), { pathname: `/${database}` }).href;
  return {
    url: urlOf('postgres'),
    urlOf,
    async stop() {
      await container.stop();
    },
  };
}
