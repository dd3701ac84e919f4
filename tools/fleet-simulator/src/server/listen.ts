import type { Server } from 'node:http';
import { SimulatorListenError } from '../errors.ts';

/** An HTTP server that listens. */
export interface RunningServer {
  readonly port: number;
  /** Stops at once: open requests are cut. */
  close(): Promise<void>;
}

/** Lets a server listen; idle connections stay open long enough for clients that reuse them. */
export async function listen(server: Server, host: string, port: number): Promise<RunningServer> {
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new SimulatorListenError(host, port, { cause })));
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
