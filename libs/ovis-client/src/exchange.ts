import { errors, type Dispatcher } from 'undici';
import { linkSignals, untilAborted } from './abort.ts';
import type { Clock } from './clock.ts';
import {
  HttpStatusError,
  InvalidAnswerError,
  OvisClientError,
  RedirectError,
  type RequestFacts,
  TimeoutError,
} from './errors.ts';
import type { EventSink } from './events.ts';
import type { ClientLimits } from './options.ts';
import {
  ACCEPTED_ENCODINGS,
  BodyTooLargeError,
  type BodyEncoding,
  bodyEncoding,
  type RawBody,
  readBody,
} from './read-body.ts';
import { parseRetryAfter } from './retry-delay.ts';
import { type ExchangePhase, transportError } from './transport-error.ts';

/** One sending of one request. */
export interface ExchangeRequest {
  readonly facts: RequestFacts;
  readonly method: 'GET' | 'POST';
  /** Path and query, the shard's prefix included. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  readonly events: EventSink;
}

/** What an exchange needs besides the request. */
export interface ExchangeContext {
  readonly dispatcher: Dispatcher;
  readonly limits: ClientLimits;
  readonly clock: Clock;
  readonly userAgent: string;
}

type Response = Dispatcher.ResponseData;

/** Bodies that are not wanted are read up to here, so that their connection can be used again; then it is dropped. */
const MAX_DISCARDED_BYTES = 64 * 1024;
const MAX_DISCARD_MS = 1000;

/**
 * Sends one request and reads its answer to the end, within the attempt's deadline. Never follows a redirect, never
 * sends again.
 *
 * @returns the body of an answer with status 200, a JSON content type and a known encoding.
 * @throws the signal's reason, or an {@link OvisClientError}.
 */
export async function exchange(request: ExchangeRequest, context: ExchangeContext): Promise<RawBody> {
  const { facts, events } = request;
  const startedAt = performance.now();
  const linked = linkSignals(request.signal);
  const { attemptTimeoutMs } = context.limits;
  const deadline = setTimeout(
    () => linked.abort(new TimeoutError(facts, 'attempt', attemptTimeoutMs)),
    attemptTimeoutMs,
  );
  let phase: ExchangePhase = 'headers';
  const answered = (status: number, bytes: number, encodedBytes: number): void =>
    events.onResponse({ ...facts, status, durationMs: performance.now() - startedAt, bytes, encodedBytes });
  events.onRequest(facts);
  try {
    const response = await send(request, context, linked.signal);
    phase = 'body';
    const encoding = judgeHeaders(response, facts, context);
    if (encoding instanceof OvisClientError) {
      await discard(response.body, linked.signal);
      answered(response.statusCode, 0, 0);
      throw encoding;
    }
    const body = await readBody(response.body, encoding, context.limits.maxResponseBytes, linked.signal);
    answered(response.statusCode, body.bytes, body.encodedBytes);
    return body;
  } catch (error) {
    request.signal.throwIfAborted();
    if (error instanceof OvisClientError) throw error;
    throw linked.signal.aborted ? linked.signal.reason : named(error, phase, facts, context.limits);
  } finally {
    clearTimeout(deadline);
    linked.release();
  }
}

async function send(request: ExchangeRequest, context: ExchangeContext, signal: AbortSignal): Promise<Response> {
  const sent = context.dispatcher.request({
    method: request.method,
    path: request.path,
    headers: {
      ...request.headers,
      accept: 'application/json',
      'accept-encoding': ACCEPTED_ENCODINGS,
      'user-agent': context.userAgent,
    },
    body: request.body ?? null,
    signal,
  });
  // undici looks at the signal only once the request is on a connection; a connection that hangs would hold us.
  return untilAborted(sent, signal);
}

/** How to decode the body, or why it is not to be read. */
function judgeHeaders(
  response: Response,
  facts: RequestFacts,
  context: ExchangeContext,
): BodyEncoding | OvisClientError {
  const { statusCode: status } = response;
  if (status >= 300 && status <= 399) return new RedirectError(facts, status);
  if (status !== 200) {
    const retryAfter = parseRetryAfter(header(response, 'retry-after'), header(response, 'date'), context.clock.now());
    return new HttpStatusError(facts, status, retryAfter);
  }
  const kind = contentKind(header(response, 'content-type'));
  if (kind !== 'JSON') {
    const problem = `answered 200 with ${kind} instead of JSON; check that the base URL is the API and not a proxy's page`;
    return new InvalidAnswerError(facts, 'unexpected_content_type', problem);
  }
  const encoding = bodyEncoding(header(response, 'content-encoding') ?? '');
  if (encoding === undefined) {
    return new InvalidAnswerError(
      facts,
      'unsupported_encoding',
      `answered in another encoding than ${ACCEPTED_ENCODINGS}`,
    );
  }
  return Number(header(response, 'content-length')) > context.limits.maxResponseBytes
    ? tooLarge(facts, context.limits)
    : encoding;
}

/** A content type in our own words: the header's text is the shard's and goes nowhere. */
function contentKind(contentType: string | undefined): string {
  if (contentType === undefined) return 'no content type';
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (/^application\/(?:[\w.-]+\+)?json$/.test(type)) return 'JSON';
  return type === 'text/html' || type === 'application/xhtml+xml' ? 'HTML' : 'another content type';
}

function header(response: Response, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Reads away a body that nobody wants; a large or slow one costs its connection instead. */
async function discard(body: Response['body'], signal: AbortSignal): Promise<void> {
  const linked = linkSignals(signal, AbortSignal.timeout(MAX_DISCARD_MS));
  try {
    await body.dump({ limit: MAX_DISCARDED_BYTES, signal: linked.signal });
  } catch {
    // What was to be known is known from the headers.
  } finally {
    linked.release();
  }
}

function named(error: unknown, phase: ExchangePhase, facts: RequestFacts, limits: ClientLimits): OvisClientError {
  if (error instanceof BodyTooLargeError || error instanceof errors.ResponseExceededMaxSizeError)
    return tooLarge(facts, limits);
  return transportError(error, phase, facts, limits);
}

function tooLarge(facts: RequestFacts, limits: ClientLimits): OvisClientError {
  return new InvalidAnswerError(
    facts,
    'response_too_large',
    `the body is larger than ${limits.maxResponseBytes} bytes; raise maxResponseBytes or lower pageSize if that is right`,
  );
}
