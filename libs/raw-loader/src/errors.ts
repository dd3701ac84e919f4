/** Whether the same load may succeed when it is repeated as it is. */
export type Retryability = 'transient' | 'terminal';

/** What is known of a failure besides its message. */
export interface RawLoaderErrorOptions extends ErrorOptions {
  readonly retryability: Retryability;
  /** SQLSTATE where the server reported one: https://www.postgresql.org/docs/current/errcodes-appendix.html */
  readonly sqlState?: string | null;
}

/**
 * Base of every error of this library. Nothing of the failed batch is stored. Messages hold no row values, and of the server's reports only what holds none.
 */
export class RawLoaderError extends Error {
  override readonly name: string = 'RawLoaderError';
  readonly retryability: Retryability;
  /** SQLSTATE where the server reported one, otherwise null. */
  readonly sqlState: string | null;

  constructor(message: string, options: RawLoaderErrorOptions) {
    super(message, options);
    this.retryability = options.retryability;
    this.sqlState = options.sqlState ?? null;
  }
}

/** The description of a table is not one that can be loaded: the program is wrong, not the rows. */
export class RawTableError extends RawLoaderError {
  override readonly name = 'RawTableError';

  constructor(table: string, problem: string) {
    super(`raw table ${table}: ${problem}`, { retryability: 'terminal' });
  }
}
