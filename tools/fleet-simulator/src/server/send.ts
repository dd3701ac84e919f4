import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Answer } from './answer.ts';

/** Smaller bodies are not worth compressing. */
const SMALLEST_COMPRESSED_BYTES = 1024;

/** How a body may be compressed. `br` is only offered by the untidy profile. */
export type Encoding = 'identity' | 'gzip' | 'br';

/** The encoding to use: the preferred one if the client takes it, else gzip, else none (RFC 9110, 12.5.3). */
export function chooseEncoding(acceptEncoding: string | undefined, preferred: 'gzip' | 'br'): Encoding {
  const accepted = new Set<string>();
  for (const part of (acceptEncoding ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    if (!parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) accepted.add(name);
  }
  if (accepted.has(preferred)) return preferred;
  return accepted.has('gzip') ? 'gzip' : 'identity';
}

/** Sends an answer, compressed if the client takes that, or half of it if it is to be cut. */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  preferred: 'gzip' | 'br',
): void {
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  const accepted = chooseEncoding(request.headers['accept-encoding'], preferred);
  const encoding = body.length < SMALLEST_COMPRESSED_BYTES ? 'identity' : accepted;
  if (encoding === 'identity') {
    write(response, answer, body, {});
    return;
  }
  const finish = (error: Error | null, bytes: Buffer): void => {
    if (error === null) write(response, answer, bytes, { 'content-encoding': encoding });
    else response.destroy(error);
  };
  // Level 1: the simulator must be faster than whoever is measured against it.
  if (encoding === 'gzip') gzip(body, { level: 1 }, finish);
  else brotliCompress(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }, finish);
}

function write(response: ServerResponse, answer: Answer, bytes: Buffer, headers: Record<string, string>): void {
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': bytes.length,
    vary: 'accept-encoding',
    ...answer.headers,
    ...headers,
  });
  if (answer.cut !== true) {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
}
