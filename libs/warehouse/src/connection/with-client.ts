import { Client } from 'pg';
import { clientConfig, type ConnectionOptions } from './client-config.ts';
import { describeConnectionError } from './connection-error.ts';

/**
 * Runs `work` on a connection of its own and closes it.
 *
 * @throws DatabaseUnreachableError if the connection cannot be made. What `work` throws is passed on.
 */
export async function withClient<T>(options: ConnectionOptions, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(clientConfig(options));
  client.on('error', () => undefined);
  try {
    await client.connect().catch((error: unknown) => {
      throw describeConnectionError(error, options.url) ?? error;
    });
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
