import { readFile } from 'node:fs/promises';
import { Client, type ClientConfig } from 'pg';
import { CancelledError, DatabaseError } from '../errors.ts';
import type { ProjectNode, RelationName } from '../project/project.ts';
import type {
  ExistingRelation,
  QueryResult,
  RelationColumn,
  Session,
  StatementComment,
} from '../warehouse/warehouse.ts';
import { estimateRows, findColumns, findRelation, listRelations } from './catalog.ts';
import type { PostgresSettings } from './connection-settings.ts';
import { toDatabaseError } from './database-error.ts';
import { quoteIdentifier, renderName } from './identifier.ts';
import { readPostgresConfig } from './model-config.ts';
import { matchColumn } from './partition-table.ts';
import { layoutDifference } from './partition-catalog.ts';
import { readPartitionBy } from './partition-config.ts';
import { parserOf, typeNameOf, typeWord } from './result-values.ts';
import { wasReset } from './unlogged-marker.ts';

/** PostgreSQL 14 and later know the setting, on Linux and macOS: where it cannot be set, the session goes on without. */
const CHECK_CONNECTION = `do $$ begin
  perform pg_catalog.set_config('client_connection_check_interval', '5s', false);
exception when others then null;
end $$`;

/** Longest wait for another run that builds the same relation, in milliseconds. */
const BUILD_LOCK_TIMEOUT_MS = 600_000;

/** One connection, in UTC. Not for use by two callers at a time. */
export class PostgresSession implements Session {
  readonly #client: Client;
  readonly #settings: PostgresSettings;
  #processId = 0;
  #comment: StatementComment | null = null;
  #isBroken = false;
  #isCancelled = false;
  #isRunning = false;

  private constructor(client: Client, settings: PostgresSettings) {
    this.#client = client;
    this.#settings = settings;
    client.on('error', () => {
      this.#isBroken = true;
    });
    client.on('end', () => {
      this.#isBroken = true;
    });
  }

  /** @throws DatabaseError when the server cannot be reached or refuses. */
  static async open(settings: PostgresSettings): Promise<PostgresSession> {
    const client = await connect(settings);
    const session = new PostgresSession(client, settings);
    try {
      await session.#setUp();
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  /** Whether it can take another statement. */
  get isUsable(): boolean {
    return !this.#isBroken && !this.#isCancelled;
  }

  async execute(sql: string, parameters?: readonly (string | null)[]): Promise<QueryResult> {
    if (this.#isCancelled) throw new CancelledError();
    this.#isRunning = true;
    const text = withComment(sql, this.#comment);
    try {
      const query = { text, rowMode: 'array' as const, types: { getTypeParser: parserOf } };
      const results: unknown = await this.#client.query(parameters ? { ...query, values: [...parameters] } : query);
      return toResult(Array.isArray(results) ? results.at(-1) : results);
    } catch (error) {
      if (this.#isCancelled) throw new CancelledError({ cause: error });
      throw toDatabaseError(error, sql, this.#comment?.isAppended === false ? lengthOf(text) - lengthOf(sql) : 0);
    } finally {
      this.#isRunning = false;
    }
  }

  annotate(comment: StatementComment | null): void {
    this.#comment = comment;
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.execute('begin');
    try {
      const result = await work();
      await this.execute('commit');
      return result;
    } catch (error) {
      await this.#rollBack();
      throw error;
    }
  }

  async exclusively<T>(relation: RelationName, work: () => Promise<T>): Promise<T> {
    const key = `ovis-models:${relation.schema}.${relation.identifier}`;
    // Nearly always nobody holds it: one question instead of three.
    const { rows } = await this.execute('select pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0))', [
      key,
    ]);
    if (rows[0]?.[0] !== true) await this.#awaitTurn(relation, key);
    try {
      return await work();
    } finally {
      if (this.isUsable)
        await this.execute('select pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended($1, 0))', [key]);
    }
  }

  findRelation(name: RelationName): Promise<ExistingRelation | null> {
    return findRelation(this, name);
  }

  columnsOf(relation: ExistingRelation): Promise<readonly RelationColumn[]> {
    return findColumns(this, relation.handle);
  }

  listRelations(schema: string): Promise<readonly ExistingRelation[]> {
    return listRelations(this, schema);
  }

  wasReset(relation: ExistingRelation): Promise<boolean> {
    return wasReset(this, relation);
  }

  rebuildReason(relation: ExistingRelation, node: ProjectNode): Promise<string | null> {
    return layoutDifference(this, relation, readPartitionBy(node));
  }

  async checkConfig(node: ProjectNode, shape: RelationName): Promise<void> {
    const { indexes, partitionBy } = readPostgresConfig(node.config, { definesStrategy: true, partitioned: node });
    const relation = partitionBy === null ? null : await this.findRelation(shape);
    if (partitionBy === null || relation === null) return;
    matchColumn({ partition: partitionBy, indexes, place: node.place }, await this.columnsOf(relation));
  }

  estimateRows(relation: ExistingRelation): Promise<number | null> {
    return estimateRows(this, relation.handle);
  }

  async isEmpty({ name }: ExistingRelation): Promise<boolean> {
    const { rows } = await this.execute(`select not exists (select from ${renderName(name)})`);
    return rows[0]?.[0] === true;
  }

  /** Ends the running statement on the server; the session takes no other. Rejects never. */
  async cancel(): Promise<void> {
    this.#isCancelled = true;
    if (!this.#isRunning) return;
    let canceller: Client | undefined;
    try {
      canceller = await connect(this.#settings);
      await canceller.query('select pg_catalog.pg_cancel_backend($1)', [this.#processId]);
    } catch {
      // Without a second connection the first one is cut: the server notices by client_connection_check_interval.
      this.#client.connection.stream.destroy();
    } finally {
      await canceller?.end().catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.#isBroken = true;
    await this.#client.end().catch(() => undefined);
  }

  async #setUp(): Promise<void> {
    const { role, searchPath } = this.#settings;
    // A run that is killed leaves its statement running at the server; with the interval the server notices.
    const settings = ["set time zone 'UTC'", CHECK_CONNECTION];
    if (searchPath !== undefined) settings.push(`set search_path = ${searchPath}`);
    await this.execute(settings.join('; '));
    if (role !== undefined) await this.#takeRole(role);
    const { rows } = await this.execute('select pg_catalog.pg_backend_pid()');
    this.#processId = Number(rows[0]?.[0]);
  }

  async #takeRole(role: string): Promise<void> {
    try {
      await this.execute(`set role ${quoteIdentifier(role)}`);
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.retryability === 'transient') throw error;
      const { user, database } = this.#settings;
      const why = error.sqlState === '42501' ? `"${user}" is no member of it` : 'there is no such role';
      throw new DatabaseError(
        `cannot act as the role "${role}" in the database "${database}": ${why}; migrate the database if its migrations make the role, or name another one`,
        { sqlState: error.sqlState, position: null, hint: null, statement: null },
        'terminal',
        { cause: error },
      );
    }
  }

  /** Waits for the advisory lock that another run holds. @throws DatabaseError `transient` when it holds it for too long */
  async #awaitTurn({ schema, identifier }: RelationName, key: string): Promise<void> {
    await this.execute(`set lock_timeout = ${BUILD_LOCK_TIMEOUT_MS}`);
    try {
      await this.execute('select pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended($1, 0))', [key]);
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.sqlState !== '55P03') throw error;
      const reason = `another run has been building "${schema}"."${identifier}" for ${BUILD_LOCK_TIMEOUT_MS / 60_000} minutes; wait for it or end it, then run again`;
      throw new DatabaseError(
        reason,
        { sqlState: error.sqlState, position: null, hint: null, statement: null },
        'transient',
        { cause: error },
      );
    } finally {
      if (this.isUsable) await this.execute('reset lock_timeout');
    }
  }

  async #rollBack(): Promise<void> {
    if (this.#isBroken) return;
    try {
      await this.#client.query('rollback');
    } catch {
      this.#isBroken = true;
    }
  }
}

/** In characters, as the server counts places. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** As dbt puts it. */
function withComment(sql: string, comment: StatementComment | null): string {
  if (comment === null) return sql;
  const text = `/* ${comment.text} */`;
  if (!comment.isAppended) return `${text}\n${sql}`;
  const trimmed = sql.trimEnd();
  return trimmed.endsWith(';') ? `${trimmed.slice(0, -1)}\n${text};` : `${trimmed}\n${text}`;
}

async function connect(settings: PostgresSettings): Promise<Client> {
  const mode = settings.sslMode ?? 'prefer';
  if (mode !== 'prefer') return open(settings, mode !== 'disable' && mode !== 'allow');
  try {
    return await open(settings, true);
  } catch (error) {
    if (error instanceof DatabaseError && /does not support SSL/iu.test(error.message)) return open(settings, false);
    throw error;
  }
}

async function open(settings: PostgresSettings, encrypted: boolean): Promise<Client> {
  const client = new Client({
    host: settings.host,
    port: settings.port,
    database: settings.database,
    user: settings.user,
    ...(settings.password === undefined ? {} : { password: settings.password }),
    connectionTimeoutMillis: (settings.connectTimeoutSeconds ?? 10) * 1000,
    application_name: settings.applicationName ?? 'ovis-models',
    keepAlive: true,
    ssl: encrypted ? await tlsOf(settings) : false,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    const place = `${settings.host}:${settings.port}, database "${settings.database}", user "${settings.user}"`;
    const mapped = toDatabaseError(error, null);
    const failure = {
      sqlState: mapped instanceof DatabaseError ? mapped.sqlState : null,
      position: null,
      hint: null,
      statement: null,
    };
    throw new DatabaseError(
      `cannot connect to PostgreSQL at ${place}: ${mapped.message}`,
      failure,
      mapped.retryability,
      { cause: error },
    );
  }
  return client;
}

async function tlsOf(settings: PostgresSettings): Promise<Exclude<ClientConfig['ssl'], undefined>> {
  const { sslMode, sslRootCert, sslCert, sslKey } = settings;
  const verifies = sslMode === 'verify-ca' || sslMode === 'verify-full' || sslRootCert !== undefined;
  return {
    rejectUnauthorized: verifies,
    ...(verifies && sslMode !== 'verify-full' ? { checkServerIdentity: () => undefined } : {}),
    ...(sslRootCert === undefined ? {} : { ca: await readFile(sslRootCert, 'utf8') }),
    ...(sslCert === undefined ? {} : { cert: await readFile(sslCert, 'utf8') }),
    ...(sslKey === undefined ? {} : { key: await readFile(sslKey, 'utf8') }),
  };
}

interface DriverResult {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly rowCount: number | null;
  readonly command: string | null;
}

function toResult(result: unknown): QueryResult {
  const { fields, rows, rowCount, command } = result as DriverResult;
  return {
    columns: fields.map(({ name }) => name),
    rows,
    rowCount,
    types: fields.map(({ dataTypeID }) => typeWord(dataTypeID)),
    typeNames: fields.map(({ dataTypeID }) => typeNameOf(dataTypeID)),
    command: command ?? 'OK',
  };
}
