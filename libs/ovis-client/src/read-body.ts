import { promisify } from 'node:util';
import { brotliDecompress, gunzip, gunzipSync } from 'node:zlib';

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

/** Compressed bodies up to here are decompressed at once: another thread would cost more than it takes. */
const MAX_BYTES_AT_ONCE = 64 * 1024;
const MIN_OUTPUT_BYTES = 1024;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

const decompressGzip = promisify(gunzip);
const decompressBrotli = promisify(brotliDecompress);
// Drops a byte order mark, which JSON.parse would trip over.
const utf8 = new TextDecoder();

/**
 * Decompresses a body; that stops as soon as it is too large, so that a small body that decompresses to a huge one takes no more than the
 * limit. Bytes that are no UTF-8 become U+FFFD.
 *
 * @throws {BodyTooLargeError}, or what zlib or the signal gives.
 */
export async function decodeBody(
  encoded: Uint8Array,
  encoding: BodyEncoding,
  maxBytes: number,
  signal: AbortSignal,
): Promise<RawBody> {
  const decoded = await decompress(encoded, encoding, maxBytes);
  signal.throwIfAborted();
  if (decoded.length > maxBytes) throw new BodyTooLargeError();
  return { text: utf8.decode(decoded), bytes: decoded.length, encodedBytes: encoded.length };
}

async function decompress(encoded: Uint8Array, encoding: BodyEncoding, maxBytes: number): Promise<Uint8Array> {
  if (encoding === 'identity') return encoded;
  const options = { maxOutputLength: maxBytes, chunkSize: outputBytes(encoded, encoding) };
  try {
    if (encoding === 'br') return await decompressBrotli(encoded, options);
    return encoded.length <= MAX_BYTES_AT_ONCE ? gunzipSync(encoded, options) : await decompressGzip(encoded, options);
  } catch (error) {
    throw error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
      ? new BodyTooLargeError()
      : error;
  }
}

/** Room for the output, so that it comes in one piece: gzip ends with its length (RFC 1952, ISIZE), which may be a lie. */
function outputBytes(encoded: Uint8Array, encoding: BodyEncoding): number {
  const { buffer, byteOffset, length } = encoded;
  const told =
    encoding === 'gzip' && length >= 4 ? new DataView(buffer, byteOffset + length - 4).getUint32(0, true) : 0;
  return Math.min(Math.max(told + 1, encoded.length, MIN_OUTPUT_BYTES), MAX_OUTPUT_BYTES);
}
