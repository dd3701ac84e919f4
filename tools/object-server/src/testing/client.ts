import { Client } from 'minio';
import type { ObjectServer } from '../object-server.ts';

/** The client library of MinIO, without its retries, which print. */
export function clientOf(
  server: ObjectServer,
  other: { readonly accessKey?: string; readonly secretKey?: string; readonly region?: string } = {},
): Client {
  const { hostname, port } = new URL(server.endpoint);
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: server.accessKey,
    secretKey: server.secretKey,
    region: server.region,
    retryOptions: { disableRetry: true },
    ...other,
  });
}

/** A stream to its end. */
export async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The names and common prefixes that a listing gives. */
export async function namesOf(client: Client, bucket: string, prefix = '', recursive = true): Promise<string[]> {
  const names: string[] = [];
  for await (const item of client.listObjectsV2(bucket, prefix, recursive) as AsyncIterable<{
    name?: string;
    prefix?: string;
  }>) {
    names.push(item.name ?? item.prefix ?? '');
  }
  return names;
}
