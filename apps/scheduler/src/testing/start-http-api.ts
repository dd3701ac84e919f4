import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { ManualClock, type Environment } from '@ovis/foundation';
import type { UpstreamJob } from '@ovis/orchestrator';
import { createCatalog } from '@ovis/pipeline';
import { createPool } from '@ovis/warehouse';
import type { Pool } from 'pg';
import type { Health } from '../http/api-context.ts';
import { parseHttpSettings } from '../http/settings.ts';
import { startHttp, type HttpServer } from '../http/start-http.ts';

/** The API over a socket, on a database of its own. */
export interface TestApi extends AsyncDisposable {
  readonly url: string;
  readonly server: HttpServer;
  readonly database: TestDatabase;
  readonly pool: Pool;
  readonly clock: ManualClock;
  /** What nobody expected. */
  readonly errors: unknown[];
  health: Health;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed; null where the answer is no JSON. */
  readonly json: unknown;
}

/** Just behind a tick of the twelve-hourly job. */
export const NOW = new Date('2026-11-23T12:30:00Z');

/** @param upstreamJobs jobs by an event, instead of the platform's. */
export async function startApi(env: Environment = {}, upstreamJobs?: readonly UpstreamJob[]): Promise<TestApi> {
  return startOn(await createTestDatabase(), { env, upstreamJobs, isOwner: true });
}

/** Another process on the same database. */
export async function startReplica({ database }: Pick<TestApi, 'database'>, env: Environment): Promise<TestApi> {
  return startOn(database, { env, upstreamJobs: undefined, isOwner: false });
}

async function startOn(
  database: TestDatabase,
  options: {
    readonly env: Environment;
    readonly upstreamJobs: readonly UpstreamJob[] | undefined;
    /** Whether the database goes with the server. */
    readonly isOwner: boolean;
  },
): Promise<TestApi> {
  const { env, upstreamJobs, isOwner } = options;
  const pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 6 });
  const clock = new ManualClock(NOW);
  const errors: unknown[] = [];
  const directory = join(import.meta.dirname, '../../../../models');
  const server = await startHttp({
    pool,
    catalog: { ...createCatalog(), ...(upstreamJobs ? { upstreamJobs } : {}) },
    timeZone: 'UTC',
    clock,
    settings: parseHttpSettings({ HTTP_PORT: '0', ...env }),
    resources: { models: { directory } },
    health: () => api.health,
    onError: (error) => errors.push(error),
  });
  const api: TestApi = {
    url: server.url,
    server,
    database,
    pool,
    clock,
    errors,
    health: { ready: true, reasons: [] },
    request: (method, path, options = {}) => request(server.url, method, path, options),
    async [Symbol.asyncDispose]() {
      await server.close();
      await pool.end();
      if (isOwner) await database.drop();
    },
  };
  return api;
}

async function request(url: string, method: string, path: string, options: RequestOptions): Promise<Answer> {
  const { body } = options;
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null };
}
