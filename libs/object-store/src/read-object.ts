import type { Readable } from 'node:stream';
import { BucketError, InvalidAnswerError, ObjectChangedError, PartLimitError, type RequestFacts } from './errors.ts';
import type { EvaluationPart } from './evaluation-folder.ts';
import { exchange, type Connection } from './exchange.ts';
import { patiently } from './patience.ts';
import { waitForRetry, type RetryContext } from './retry.ts';

/** After so many bytes a connection that breaks off counts as the first failure again. */
const PROGRESS_BYTES = 1024 * 1024;

/**
 * The bytes of a part as it was listed, in pieces. When a connection breaks off, the next one goes on where it stopped, of the
 * same ETag only.
 *
 * @throws BucketError, or the signal's reason.
 */
export async function* readObject(
  connection: Connection,
  part: EvaluationPart,
  context: RetryContext,
): AsyncGenerator<Buffer> {
  const { maxPartBytes } = connection.limits;
  if (part.size > maxPartBytes) throw new PartLimitError(factsOf(connection, part, 1), 'part_too_large', maxPartBytes);
  let offset = 0;
  let failures = 0;
  let progress = 0;
  for (let attempt = 1; ; attempt++) {
    const facts = factsOf(connection, part, attempt);
    const begin = performance.now();
    const start = offset;
    const tell = { operation: facts.operation, attempt };
    context.events.onRequest(tell);
    let ended = false;
    try {
      for await (const piece of openAt(connection, part, { facts, offset, signal: context.signal })) {
        offset += piece.length;
        progress += piece.length;
        if (progress >= PROGRESS_BYTES) [failures, progress] = [0, 0];
        yield piece;
      }
      ended = true;
      return;
    } catch (error) {
      ended = true;
      context.signal.throwIfAborted();
      const named = error instanceof BucketError ? error : truncated(facts);
      context.events.onFailure({ ...tell, errorClass: named.errorClass, durationMs: performance.now() - begin });
      failures++;
      await waitForRetry(named, failures, context);
    } finally {
      // Also when the reader has seen enough.
      if (!ended || offset === part.size) {
        context.events.onResponse({ ...tell, bytes: offset - start, durationMs: performance.now() - begin });
      }
    }
  }
}

function factsOf({ settings }: Connection, part: EvaluationPart, attempt: number): RequestFacts {
  const { host } = new URL(settings.endpoint);
  return { endpoint: host, bucket: settings.bucket, operation: 'read', key: part.key, attempt };
}

function truncated(facts: RequestFacts): InvalidAnswerError {
  return new InvalidAnswerError(facts, 'truncated_body', 'the body was cut off; try again later');
}

interface Opening {
  readonly facts: RequestFacts;
  readonly offset: number;
  readonly signal: AbortSignal;
}

async function* openAt(
  connection: Connection,
  part: EvaluationPart,
  { facts, offset, signal }: Opening,
): AsyncGenerator<Buffer> {
  // The library has no parameter for it.
  const headers = { 'if-match': `"${part.etag}"` };
  const stream = await exchange(connection, { facts, signal, headers }, (client, bucket) =>
    client.getPartialObject(bucket, part.key, offset),
  );
  try {
    checkHead(answerOf(stream), part, { facts, offset });
    let bytes = offset;
    const body = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    for await (const piece of patiently(body, connection.limits, { facts, signal })) {
      bytes += piece.length;
      if (bytes > part.size) throw new ObjectChangedError(facts);
      yield piece;
    }
    if (bytes < part.size) throw truncated(facts);
  } finally {
    stream.destroy();
  }
}

/** The stream that the library gives is Node's answer itself. */
interface AnswerHead {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

function answerOf(stream: Readable): AnswerHead {
  return stream as unknown as AnswerHead;
}

function checkHead(
  { statusCode, headers }: AnswerHead,
  part: EvaluationPart,
  { facts, offset }: { readonly facts: RequestFacts; readonly offset: number },
): void {
  // Some servers do not look at If-Match; a proxy may mark the ETag as weak.
  const etag = headers['etag']?.replace(/^W\//, '').replace(/^"(.*)"$/, '$1');
  if (etag !== undefined && etag !== part.etag) throw new ObjectChangedError(facts);
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
  const wanted = offset === 0 ? 200 : 206;
  if (statusCode !== wanted || (offset > 0 && Number(range?.[1]) !== offset)) {
    const problem =
      'the rest of the object was asked for and something else was sent; check what stands before the store';
    throw new InvalidAnswerError(facts, 'invalid_range', problem);
  }
  const length = headers['content-length'];
  if (length !== undefined && Number(length) !== part.size - offset) throw new ObjectChangedError(facts);
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  // Uploaders mark `.gz` objects so; it is the same compression, not a second one.
  const plain = encoding === '' || encoding === 'identity' || encoding === 'aws-chunked';
  if (plain || (encoding === 'gzip' && part.compression === 'gzip')) return;
  const problem = 'the object has a content-encoding that its name does not say; have it written without';
  throw new InvalidAnswerError(facts, 'unsupported_encoding', problem);
}
