import { BatchTransaction } from './batch-transaction.ts';
import { withConnection, type LoaderPool } from './connection.ts';
import { toRawLoaderError } from './database-error.ts';
import { BEGIN } from './stage-statements.ts';
import type { LoaderTransaction } from './transaction.ts';

/**
 * Runs `work` in one transaction of its own, for what is moved within the database.
 *
 * @param doing what it does, for messages: `publishing a folder`.
 * @throws RawLoaderError if the database refuses, otherwise what `work` throws; nothing is written then.
 */
export async function transact<T>(
  options: { readonly pool: LoaderPool; readonly doing: string; readonly signal?: AbortSignal },
  work: (transaction: LoaderTransaction) => Promise<T>,
): Promise<T> {
  const { pool, doing, signal } = options;
  return withConnection(pool, signal, async (client) => {
    await client.query(BEGIN).catch((error: unknown) => {
      throw toRawLoaderError(error, doing);
    });
    const transaction = new BatchTransaction(client, doing);
    const { promise, resolve } = Promise.withResolvers<T>();
    await transaction.run(async (scope) => resolve(await work(scope)));
    await transaction.commit();
    return promise;
  });
}
