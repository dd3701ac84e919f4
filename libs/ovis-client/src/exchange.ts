import { errors, type Dispatcher } from 'undici';
import { linkSignals } from './abort.ts';
import type { Clock } from './clock.ts';
import {
  HttpStatusError,
  InvalidAnswerError,
  NetworkError,
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
  decodeBody,
  type RawBody,
} from './read-body.ts';
import { receive, type Received } from './receive.ts';
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

type Headers = Received['headers'];

/**
 * Sends one request and reads its answer to the end, within the attempt's deadline. Never follows a redirect, never
 * sends again.
 *
 * @returns the body of an answer with status 200, a JSON content type and a known encoding.
 * @throws the signal's reason, or an {@link OvisClientError}.
 */
export async function exchange(request: ExchangeRequest, context: ExchangeContext): Promise<RawBody> {
  const { facts, events } = request;
  const { limits } = context;
  const startedAt = performance.now();
  const linked = linkSignals(request.signal);
  const deadline = setTimeout(
    () => linked.abort(new TimeoutError(facts, 'attempt', limits.attemptTimeoutMs)),
    limits.attemptTimeoutMs,
  );
  let verdict: BodyEncoding | OvisClientError | null = null;
  const answered = (status: number, bytes: number, encodedBytes: number): void =>
    events.onResponse({ ...facts, status, durationMs: performance.now() - startedAt, bytes, encodedBytes });
  events.onRequest(facts);
  try {
    const wantsBody = (status: number, headers: Headers): boolean => {
      verdict = judgeHeaders(status, headers, facts, context);
      return typeof verdict === 'string';
    };
    const received = await receive(context.dispatcher, sendingOf(request, context), {
      signal: linked.signal,
      wantsBody,
    });
    const encoding = verdict as BodyEncoding | OvisClientError | null;
    if (typeof encoding !== 'string' || received.body === null) {
      answered(received.status, 0, 0);
      throw encoding ?? new NetworkError(facts, 'UNKNOWN');
    }
    const body = await decodeBody(received.body, encoding, limits.maxResponseBytes, linked.signal);
    answered(received.status, body.bytes, body.encodedBytes);
    return body;
  } catch (error) {
    request.signal.throwIfAborted();
    if (error instanceof OvisClientError) throw error;
    throw linked.signal.aborted
      ? linked.signal.reason
      : named(error, verdict === null ? 'headers' : 'body', facts, limits);
  } finally {
    clearTimeout(deadline);
    linked.release();
  }
}

function sendingOf(request: ExchangeRequest, context: ExchangeContext): Dispatcher.DispatchOptions {
  return {
    method: request.method,
    path: request.path,
    headers: {
      ...request.headers,
      accept: 'application/json',
      'accept-encoding': ACCEPTED_ENCODINGS,
      'user-agent': context.userAgent,
    },
    body: request.body ?? null,
  };
}

/** How to decode the body, or why it is not to be read. */
function judgeHeaders(
  status: number,
  headers: Headers,
  facts: RequestFacts,
  context: ExchangeContext,
): BodyEncoding | OvisClientError {
  if (status >= 300 && status <= 399) return new RedirectError(facts, status);
  if (status !== 200) {
    const retryAfter = parseRetryAfter(header(headers, 'retry-after'), header(headers, 'date'), context.clock.now());
    return new HttpStatusError(facts, status, retryAfter);
  }
  const kind = contentKind(header(headers, 'content-type'));
  if (kind !== 'JSON') {
    const problem = `answered 200 with ${kind} instead of JSON; check that the base URL is the API and not a proxy's page`;
    return new InvalidAnswerError(facts, 'unexpected_content_type', problem);
  }
  const encoding = bodyEncoding(header(headers, 'content-encoding') ?? '');
  if (encoding === undefined) {
    return new InvalidAnswerError(
      facts,
      'unsupported_encoding',
      `answered in another encoding than ${ACCEPTED_ENCODINGS}`,
    );
  }
  return Number(header(headers, 'content-length')) > context.limits.maxResponseBytes
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

function header(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
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
