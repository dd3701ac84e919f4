import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { S3Failure } from './errors.ts';
import { faultOf, type FaultKind } from './faults.ts';
import type { OpenObject } from './provider.ts';
import { namesEtag, parseRange } from './range.ts';

/**
 * Answers GET or HEAD of an object.
 *
 * @throws S3Failure 304, 412 or 416.
 */
export async function answerObject(
  request: IncomingMessage,
  response: ServerResponse,
  object: OpenObject,
  faults: readonly FaultKind[],
): Promise<void> {
  const etag = faultOf(faults, 'etag')?.etag ?? object.etag;
  checkConditions(request, etag, faults);
  const range = faultOf(faults, 'ignore-range') ? null : parseRange(request.headers.range, object.size);
  if (range === 'unsatisfiable') {
    throw new S3Failure(416, 'InvalidRange', 'The requested range is not satisfiable');
  }
  const { start, end } = range ?? { start: 0, end: object.size };
  response.writeHead(range === null ? 200 : 206, {
    etag: `"${etag}"`,
    'accept-ranges': 'bytes',
    'last-modified': object.lastModified.toUTCString(),
    'content-type': 'application/octet-stream',
    'content-length': String(end - start),
    ...(range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${object.size}` }),
  });
  if (request.method === 'HEAD') response.end();
  else await sendBody(response, object.read(start, end), faults);
}

function checkConditions(request: IncomingMessage, etag: string, faults: readonly FaultKind[]): void {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
  if (ifMatch !== undefined && !namesEtag(ifMatch, etag) && !faultOf(faults, 'ignore-if-match')) {
    throw new S3Failure(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  }
  if (ifNoneMatch !== undefined && namesEtag(ifNoneMatch, etag))
    throw new S3Failure(304, 'NotModified', 'Not Modified');
}

/** Sends a body as fast as the client reads, or as badly as the faults say. */
export async function sendBody(
  response: ServerResponse,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  faults: readonly FaultKind[],
): Promise<void> {
  const ending = faultOf(faults, 'cut') ?? faultOf(faults, 'stall');
  const slow = faultOf(faults, 'trickle');
  let left = ending === undefined ? Infinity : (ending.bytes ?? 0);
  for await (const piece of pieces) {
    if (response.destroyed || left <= 0) break;
    const sent = piece.length > left ? piece.subarray(0, left) : piece;
    left -= sent.length;
    if (slow === undefined) await write(response, sent);
    else await trickle(response, sent, { step: slow.bytes ?? 1, everyMs: slow.everyMs ?? 1000 });
  }
  if (ending?.kind === 'cut') {
    // The client shall get what was sent: a reset would throw away what it has not read yet.
    response.flushHeaders();
    response.socket?.end();
  } else if (ending === undefined) response.end();
}

async function write(response: ServerResponse, piece: Uint8Array): Promise<void> {
  if (response.write(piece) || response.destroyed) return;
  // The client may go away instead of reading on.
  const gone = new AbortController();
  const closed = (): void => gone.abort();
  response.once('close', closed);
  try {
    await once(response, 'drain', { signal: gone.signal });
  } catch {
    // Seen by the caller: the response is destroyed.
  } finally {
    response.off('close', closed);
  }
}

async function trickle(
  response: ServerResponse,
  piece: Uint8Array,
  { step, everyMs }: { readonly step: number; readonly everyMs: number },
): Promise<void> {
  for (let at = 0; at < piece.length && !response.destroyed; at += step) {
    response.write(piece.subarray(at, at + step));
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        response.off('close', done);
        resolve();
      };
      const timer = setTimeout(done, everyMs);
      response.once('close', done);
    });
  }
}
