import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ObjectServerError } from '../errors.ts';

/** A MinIO server with an empty folder of its own. */
export interface MinioServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

const START_SECONDS = 30;

/**
 * Starts MinIO on a free port of the loopback address. It and its folder are gone when the server is disposed of.
 *
 * @param program see `findMinio`.
 * @throws ObjectServerError if it does not answer within half a minute.
 */
export async function startMinio(program: string): Promise<MinioServer> {
  const folder = await mkdtemp(join(tmpdir(), 'ovis-minio-'));
  const port = await freePort();
  const credentials = { accessKey: 'ovis', secretKey: 'secret-key-of-minio' };
  const child = spawn(program, ['server', folder, '--address', `127.0.0.1:${port}`, '--quiet'], {
    stdio: 'ignore',
    env: {
      HOME: folder,
      MINIO_ROOT_USER: credentials.accessKey,
      MINIO_ROOT_PASSWORD: credentials.secretKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
      // Without it, it takes signatures for every region.
      MINIO_SITE_REGION: 'us-east-1',
      // It refuses to write to the disk of the operating system otherwise.
      MINIO_CI_CD: '1',
    },
  });
  const dispose = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const endpoint = `http://127.0.0.1:${port}`;
  if (!(await answers(endpoint, child))) {
    await dispose();
    throw new ObjectServerError(`${program} does not answer at ${endpoint}; run it by hand to see why`, 'transient');
  }
  return { endpoint, region: 'us-east-1', ...credentials, [Symbol.asyncDispose]: dispose };
}

async function answers(endpoint: string, child: ChildProcess): Promise<boolean> {
  const failed = new AbortController();
  child.once('error', () => failed.abort());
  for (let tenths = 0; tenths < START_SECONDS * 10; tenths++) {
    if (failed.signal.aborted || child.exitCode !== null) return false;
    const ready = await fetch(`${endpoint}/minio/health/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return true;
    await delay(100);
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
