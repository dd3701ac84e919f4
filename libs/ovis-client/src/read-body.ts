import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip } from 'node:zlib';

/** The content codings that are asked for; others are refused. */
export const ACCEPTED_ENCODINGS = 'gzip, br';

/** A content coding that can be undone. */
export type BodyEncoding = 'identity' | 'gzip' | 'br';

/** A body outgrew its limit; the exchange names it for the caller. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/** A body as it came. */
export interface RawBody {
  readonly text: string;
  /** Bytes after decompression. */
  readonly bytes: number;
  /** Bytes over the wire. */
  readonly encodedBytes: number;
}

/** Reads a `content-encoding` header; undefined if it is not accepted. */
export function bodyEncoding(header: string): BodyEncoding | undefined {
  const encoding = header.trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return 'identity';
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip';
  return encoding === 'br' ? 'br' : undefined;
}

/**
 * Reads and decompresses a body piece by piece and stops as soon as it is too large, so that a small body that
 * decompresses to a huge one takes no more than the limit. Bytes that are no UTF-8 become U+FFFD.
 *
 * @throws {BodyTooLargeError}, or what the stream, zlib or the signal gives.
 */
export async function readBody(
  body: Readable,
  encoding: BodyEncoding,
  maxBytes: number,
  signal: AbortSignal,
): Promise<RawBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let encodedBytes = 0;
  const count = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      encodedBytes += chunk.length;
      yield chunk;
    }
  };
  const collect = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new BodyTooLargeError();
      chunks.push(chunk);
    }
  };
  const options = { chunkSize: 64 * 1024 };
  if (encoding === 'identity') await pipeline(body, count, collect, { signal });
  else if (encoding === 'gzip') await pipeline(body, count, createGunzip(options), collect, { signal });
  else await pipeline(body, count, createBrotliDecompress(options), collect, { signal });
  // TextDecoder drops a byte order mark, which JSON.parse would trip over.
  return { text: new TextDecoder().decode(Buffer.concat(chunks)), bytes, encodedBytes };
}
