import type { ClientBase, QueryResult } from 'pg';
import { toRawLoaderError } from './database-error.ts';
import { RawLoaderError } from './errors.ts';
import type { LoaderTransaction } from './transaction.ts';

/** The transaction of a batch after its rows are written: the bookkeeping, then the commit. */
export class BatchTransaction {
  readonly #client: ClientBase;
  /** What is done: `storing 4711 rows in raw.device_last_updates`. */
  readonly #doing: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: ClientBase, doing: string) {
    this.#client = client;
    this.#doing = doing;
  }

  /** Runs a callback that may query until it is done. */
  async run(callback: (transaction: LoaderTransaction) => Promise<void>): Promise<void> {
    let isOpen = true;
    const query: LoaderTransaction['query'] = async (text, values) => {
      if (!isOpen) {
        const message = 'the transaction of this batch is over; await every statement within the commit callback';
        throw new RawLoaderError(message, { retryability: 'terminal' });
      }
      return this.#inTurn(text, values).catch((error: unknown) => {
        throw toRawLoaderError(error, `bookkeeping for ${this.#doing}`);
      });
    };
    try {
      await callback({ query });
    } finally {
      isOpen = false;
    }
  }

  /**
   * @throws RawLoaderError also if the server answers with a rollback: a statement of a callback failed and it went on.
   */
  async commit(): Promise<void> {
    const { command } = await this.#inTurn('commit').catch((error: unknown) => {
      throw toRawLoaderError(error, `committing after ${this.#doing}`);
    });
    if (command === 'COMMIT') return;
    throw new RawLoaderError(
      `${this.#doing} was rolled back: a statement of the commit callback failed and its error was not passed on`,
      { retryability: 'terminal' },
    );
  }

  /** One statement after the other: `pg` itself will not queue them for ever. */
  #inTurn(text: string, values?: readonly unknown[]): Promise<QueryResult> {
    const run = (): Promise<QueryResult> => this.#client.query(text, values === undefined ? undefined : [...values]);
    const result = this.#last.then(run, run);
    this.#last = result;
    return result;
  }
}
