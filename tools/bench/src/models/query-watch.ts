import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** First bytes of the messages that carry SQL in PostgreSQL's protocol: Query and Parse. What comes before (start, password) begins otherwise. */
const SQL_MESSAGES = new Set([0x51, 0x50]);

/** Stands between a program and the server, and notes when SQL passes. */
export interface QueryWatch extends AsyncDisposable {
  readonly port: number;
  /** Moments of `performance.now()` since the last call: of the first query, and of the first that holds `text`; null where there was none. */
  take(): { readonly any: number | null; readonly marked: number | null };
}

/** @param text what the SQL that is waited for holds. */
export async function watchQueries(serverPort: number, text: string): Promise<QueryWatch> {
  let any: number | null = null;
  let marked: number | null = null;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.setNoDelay(true);
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    client.on('data', (chunk: Buffer) => {
      if (SQL_MESSAGES.has(chunk[0] ?? 0)) any ??= performance.now();
      if (chunk.includes(text)) marked ??= performance.now();
    });
    client.pipe(upstream);
    upstream.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const taken = { any, marked };
      [any, marked] = [null, null];
      return taken;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
