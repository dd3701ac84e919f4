import { Pool, type PoolClient } from 'pg';
import type { BatteryDatabase, BatteryPage, BatteryPosition, ReadPagesOptions } from './battery-database.ts';
import { describeFailure } from './describe-failure.ts';
import { ENTITIES, selectList, type BatteryEntity } from './entities.ts';
import { BatteryDatabaseError, BatteryOptionError } from './errors.ts';

/** How the database is read. */
export interface PostgresBatteryDatabaseOptions {
  /** `postgres://user:password@host:port/database`; `sslmode` as in libpq. Never shown. */
  readonly url: string;
  /** Sessions at most: another team's database is read with few. Default: 2. */
  readonly maxConnections?: number;
  /** Longest time of a statement in milliseconds; a long one would hold back the owner's vacuum. Default: 15,000. */
  readonly statementTimeoutMs?: number;
  /** Longest wait for a connection, other readers' turns included, in milliseconds. Default: 30,000. */
  readonly connectTimeoutMs?: number;
}

const DEFAULT_PAGE_SIZE = 5_000;
const MAX_PAGE_SIZE = 50_000;
const DAY_MS = 86_400_000;

type Asking = Pick<ReadPagesOptions, 'signal' | 'onStatement'>;

/** Reads the battery database over its own pool: sessions in UTC that can only read, one short statement at a time each. */
export class PostgresBatteryDatabase implements BatteryDatabase {
  readonly #pool: Pool;
  #closing: Promise<void> | undefined;

  /** Opens no connection yet. */
  constructor(options: PostgresBatteryDatabaseOptions) {
    const { url, maxConnections = 2, statementTimeoutMs = 15_000, connectTimeoutMs = 30_000 } = options;
    const settings = `-c default_transaction_read_only=on -c timezone=UTC -c statement_timeout=${String(statementTimeoutMs)}`;
    const { connectionString, serverOptions } = splitUrl(url);
    this.#pool = new Pool({
      connectionString,
      application_name: 'ovis-battery-db',
      max: maxConnections,
      connectionTimeoutMillis: connectTimeoutMs,
      idleTimeoutMillis: 10_000,
      // Ours come last and win.
      options: `${serverOptions} ${settings}`.trim(),
      keepAlive: true,
    });
    // A connection that breaks while it is idle is replaced when it is needed.
    this.#pool.on('error', () => undefined);
  }

  readPages(options: ReadPagesOptions): AsyncIterable<BatteryPage> {
    const { entity, columns, from, until, pageSize = DEFAULT_PAGE_SIZE } = options;
    if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MAX_PAGE_SIZE) {
      throw new BatteryOptionError(`pageSize is ${String(pageSize)}; expected 1 to ${String(MAX_PAGE_SIZE)}`);
    }
    if (!(from <= until)) throw new BatteryOptionError('the range ends before it begins');
    const list = selectList(entity, columns);
    const read = (after: BatteryPosition | null): Promise<BatteryPage> => this.#page(options, list, pageSize, after);
    return { [Symbol.asyncIterator]: () => readAhead(read, options.after ?? null) };
  }

  async countDays(
    entity: BatteryEntity,
    days: { readonly from: Date; readonly until: Date },
    options: Asking = {},
  ): Promise<ReadonlyMap<string, number>> {
    const { table } = ENTITIES[entity];
    const counts = new Map<string, number>();
    // One after the other, and there are few: each is short by itself.
    for (let dayMs = days.from.getTime(); dayMs < days.until.getTime(); dayMs += DAY_MS) {
      const range = [new Date(dayMs), new Date(dayMs + DAY_MS)];
      const statement = `select count(*)::int from ${table} where recorded_at >= $1 and recorded_at < $2`;
      const [[rows] = [0]] = await this.#query<readonly [number]>(statement, range, options);
      if (rows > 0) counts.set(new Date(dayMs).toISOString().slice(0, 10), rows);
    }
    return counts;
  }

  async firstRecordedAt(entity: BatteryEntity, options: Asking = {}): Promise<Date | null> {
    const statement = `select min(recorded_at) from ${ENTITIES[entity].table} where isfinite(recorded_at)`;
    const [[first] = [null]] = await this.#query<readonly [Date | null]>(statement, [], options);
    return first;
  }

  async close(): Promise<void> {
    this.#closing ??= this.#pool.end();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #page(
    options: ReadPagesOptions,
    list: string,
    pageSize: number,
    after: BatteryPosition | null,
  ): Promise<BatteryPage> {
    const { table, id, columns } = ENTITIES[options.entity];
    const behind = after === null ? '' : ` and recorded_at >= $4 and (recorded_at, ${id}) > ($4, $5::bigint)`;
    const statement = `select ${list}, ${columns['recorded_at'] ?? ''}, ${id}::text
      from ${table}
      where recorded_at >= $1 and recorded_at < $2${behind}
      order by recorded_at, ${id}
      limit $3`;
    const position = after === null ? [] : [after.recordedAt, after.id];
    const values = [options.from, options.until, pageSize, ...position];
    const found = await this.#query<readonly (string | null)[]>(statement, values, options);
    const [recordedAt, lastId] = found.at(-1)?.slice(-2) ?? [];
    return {
      // Without the last two, which are the position.
      rows: found.map((row) => Object.fromEntries(options.columns.map((column, index) => [column, row[index]]))),
      next: found.length < pageSize || !recordedAt || !lastId ? null : { recordedAt, id: lastId },
    };
  }

  /** @returns rows as arrays of their columns. */
  async #query<Row extends readonly unknown[]>(
    statement: string,
    values: readonly unknown[],
    { signal, onStatement }: Asking,
  ): Promise<readonly Row[]> {
    signal?.throwIfAborted();
    if (this.#closing) {
      const facts = { retryability: 'terminal', errorClass: 'battery_db_closed' } as const;
      throw new BatteryDatabaseError('the battery database was closed', facts);
    }
    let client: PoolClient | undefined;
    const release = (destroy: boolean): void => {
      const held = client;
      client = undefined;
      // A destroyed client keeps its listener: it may report its end only later.
      if (!destroy) held?.off('error', ignore);
      held?.release(destroy);
    };
    const abort = (): void => release(true);
    try {
      const connected = await this.#pool.connect();
      client = connected.on('error', ignore);
      signal?.throwIfAborted();
      // Ending the connection ends the statement: the server notices at the latest by its timeout.
      signal?.addEventListener('abort', abort, { once: true });
      onStatement?.();
      const { rows } = await connected.query<[...Row]>({ text: statement, values: [...values], rowMode: 'array' });
      release(false);
      return rows;
    } catch (error) {
      release(true);
      signal?.throwIfAborted();
      throw describeFailure(error);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }
}

/** A connection that breaks also fails the statement in flight, where the failure is handled. */
function ignore(): void {}

/** Reads the next page while the present one is worked on, and no further ahead. */
async function* readAhead(
  read: (after: BatteryPosition | null) => Promise<BatteryPage>,
  start: BatteryPosition | null,
): AsyncGenerator<BatteryPage> {
  let asked: Promise<BatteryPage> | null = read(start);
  try {
    while (asked !== null) {
      const page: BatteryPage = await asked;
      asked = page.next === null ? null : read(page.next);
      // Its failure is for the next turn, which may never come.
      asked?.catch(ignore);
      yield page;
    }
  } finally {
    await asked?.catch(ignore);
  }
}

/** The driver lets options in the URL replace those given beside it: they are taken out, to be given together with ours. */
function splitUrl(text: string): { readonly connectionString: string; readonly serverOptions: string } {
  const url = new URL(text);
  const serverOptions = url.searchParams.get('options') ?? '';
  url.searchParams.delete('options');
  // Without this the driver takes sslmode=require for verify-full, and warns on the console.
  if (url.searchParams.has('sslmode') && !url.searchParams.has('uselibpqcompat')) {
    url.searchParams.set('uselibpqcompat', 'true');
  }
  return { connectionString: url.href, serverOptions };
}
