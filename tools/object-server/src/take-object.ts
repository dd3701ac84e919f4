import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Failure } from './errors.ts';

/** What is uploaded is held in memory: a development server takes no more than this at once. */
const MAX_UPLOAD_BYTES = 256 * 1024 * 1024;

/**
 * Reads the body of a PUT and holds it against what was signed.
 *
 * @param payload value of `x-amz-content-sha256`: the body's SHA-256 in hex, or `UNSIGNED-PAYLOAD`.
 * @throws S3Failure if it is another body, or too large.
 */
export async function takeBody(request: IncomingMessage, payload: string): Promise<Uint8Array> {
  if (payload.startsWith('STREAMING-')) {
    throw new S3Failure(
      501,
      'NotImplemented',
      'Bodies that are signed in chunks are not taken; send x-amz-content-sha256',
    );
  }
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_UPLOAD_BYTES) {
      throw new S3Failure(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed object size');
    }
    pieces.push(piece);
  }
  const body = Buffer.concat(pieces);
  const md5 = request.headers['content-md5'];
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64')) {
    throw new S3Failure(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== createHash('sha256').update(body).digest('hex')) {
    throw new S3Failure(400, 'XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match");
  }
  return body;
}
