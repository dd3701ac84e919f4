import { CancelledError, DatabaseError } from '../errors.ts';
import { materializationOf, type ProjectNode } from '../project/project.ts';
import type { Connect, Session, Warehouse } from '../warehouse/warehouse.ts';
import type { PostgresSettings } from './connection-settings.ts';
import { quoteIdentifier } from './identifier.ts';
import { buildIncremental } from './incremental.ts';
import { buildMaterializedView } from './materialized-view.ts';
import { buildSeed } from './seed.ts';
import { PostgresSession } from './session.ts';
import { buildSnapshot } from './snapshot.ts';
import { buildTable } from './table.ts';
import { createMarkerSql, MARKER_NAME } from './unlogged-marker.ts';
import { buildView } from './view.ts';

const INSUFFICIENT_PRIVILEGE = '42501';

/** PostgreSQL behind the runner: what `runProject` takes as `connect`. */
export function connectPostgres(settings: PostgresSettings): Connect {
  return ({ sessions }) => Promise.resolve(new PostgresWarehouse(settings, sessions));
}

class PostgresWarehouse implements Warehouse {
  readonly type = 'postgres';
  readonly materializations = {
    table: buildTable,
    view: buildView,
    incremental: buildIncremental,
    materialized_view: buildMaterializedView,
    snapshot: buildSnapshot,
    seed: buildSeed,
  };
  readonly #settings: PostgresSettings;
  readonly #limit: number;
  readonly #idle: PostgresSession[] = [];
  readonly #waiting: (() => void)[] = [];
  #inUse = 0;

  constructor(settings: PostgresSettings, limit: number) {
    this.#settings = settings;
    this.#limit = Math.max(1, limit);
  }

  async withSession<T>(use: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) throw new CancelledError({ cause: signal.reason });
    await this.#waitForTurn();
    let cancelling: Promise<void> | undefined;
    let session: PostgresSession | undefined;
    const onAbort = (): void => {
      cancelling = session?.cancel();
    };
    try {
      session = this.#idle.pop() ?? (await PostgresSession.open(this.#settings));
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted) throw new CancelledError({ cause: signal.reason });
      return await use(session);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      await cancelling;
      session?.annotate(null);
      if (session?.isUsable) this.#idle.push(session);
      else await session?.close();
      this.#inUse -= 1;
      this.#waiting.shift()?.();
    }
  }

  async prepare(nodes: readonly ProjectNode[], signal?: AbortSignal): Promise<void> {
    const built = nodes.filter((node) => materializationOf(node) !== 'ephemeral');
    const schemas = new Set(built.map(({ relation }) => relation.schema));
    const marked = new Set(
      built.filter(({ config }) => config['unlogged'] === true).map(({ relation }) => relation.schema),
    );
    if (schemas.size === 0) return;
    await this.withSession(async (session) => {
      for (const schema of schemas) await ensureSchema(session, schema);
      for (const schema of marked) await ensureMarker(session, schema);
    }, signal);
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((session) => session.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #waitForTurn(): Promise<void> {
    while (this.#inUse >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#inUse += 1;
  }
}

/** Looks first: `create schema if not exists` asks for the right to create even when there is nothing to do. */
async function ensureSchema(session: Session, schema: string): Promise<void> {
  const { rows } = await session.execute('select exists (select from pg_catalog.pg_namespace where nspname = $1)', [
    schema,
  ]);
  if (rows[0]?.[0] === true) return;
  try {
    await once(session, schema, `create schema if not exists ${quoteIdentifier(schema)}`);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.sqlState !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new DatabaseError(
      `there is no schema "${schema}", and this role may not make it: ${error.message}; migrate the database if its migrations make the schema, or make it by hand`,
      { sqlState: error.sqlState, position: null, hint: null, statement: null },
      'terminal',
      { cause: error },
    );
  }
}

async function ensureMarker(session: Session, schema: string): Promise<void> {
  const found = await session.findRelation({ database: '', schema, identifier: MARKER_NAME });
  if (found === null) await once(session, schema, createMarkerSql(schema));
}

/** `if not exists` alone is no guard against two sessions that create at the same moment. */
async function once(session: Session, schema: string, sql: string): Promise<void> {
  await session.exclusively({ database: '', schema, identifier: '' }, () => session.execute(sql));
}
