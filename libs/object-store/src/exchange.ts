import * as http from 'node:http';
import * as https from 'node:https';
import { Readable } from 'node:stream';
import { Client } from 'minio';
import { answerError, connectionError } from './answer-error.ts';
import { BucketError, InvalidAnswerError, RedirectError, type RequestFacts, TimeoutError } from './errors.ts';
import type { ObjectStoreLimits } from './limits.ts';
import { patiently } from './patience.ts';
import type { ObjectStoreSettings } from './settings.ts';

/** Where requests go, over which connections. */
export interface Connection {
  readonly settings: ObjectStoreSettings;
  readonly limits: ObjectStoreLimits;
  readonly agent: http.Agent;
}

/** One sending of one request. */
export interface Sending {
  readonly facts: RequestFacts;
  readonly signal: AbortSignal;
  /** Headers besides those of the client library. They are not signed: none may begin with `x-amz-`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For small answers: the whole body, before the client library sees it. Throws if it cannot be used. */
  readonly checkBody?: (body: Buffer) => Buffer;
}

/** Opens the connections of a store. */
export function connect(settings: ObjectStoreSettings, limits: ObjectStoreLimits): Connection {
  const { Agent } = settings.endpoint.startsWith('https:') ? https : http;
  return { settings, limits, agent: new Agent({ keepAlive: true, maxSockets: limits.maxConnections }) };
}

/** The error documents of S3 are smaller. */
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * Sends one request through the client library of MinIO, which signs it and reads the XML. What the library does of its own
 * beyond that is kept from it: it would retry with a message to the console and leave the answer's body open, follow the
 * region of an error document, and wait for ever. So it gets a transport that ends each exchange by our time limits, turns
 * every answer but 200 and 206 into an error of ours, and knows the region.
 *
 * @throws BucketError, or the signal's reason.
 */
export async function exchange<T>(
  connection: Connection,
  sending: Sending,
  call: (client: Client, bucket: string) => Promise<T>,
): Promise<T> {
  const { settings, agent } = connection;
  const { hostname, port, protocol } = new URL(settings.endpoint);
  sending.signal.throwIfAborted();
  const failure: Failure = {};
  const client = new Client({
    endPoint: hostname.replace(/^\[|\]$/g, ''),
    ...(port === '' ? {} : { port: Number(port) }),
    useSSL: protocol === 'https:',
    region: settings.region,
    accessKey: settings.accessKey,
    secretKey: settings.secretKey,
    transport: transport(connection, { ...sending, failure }),
    transportAgent: agent,
    retryOptions: { disableRetry: true },
  });
  try {
    return await call(client, settings.bucket);
  } catch (error) {
    sending.signal.throwIfAborted();
    if (error instanceof BucketError) throw error;
    if (failure.error !== undefined) throw connectionError(sending.facts, failure.error);
    // The library could not make sense of an answer that looked well; its message may quote it.
    throw new InvalidAnswerError(sending.facts, 'invalid_listing', 'the answer is no S3 document; try again later');
  }
}

type Answer = http.IncomingMessage;

/** What a request failed with, if it did. */
interface Failure {
  error?: unknown;
}

function transport({ settings, limits }: Connection, sending: Sending & { readonly failure: Failure }): typeof http {
  const scheme = settings.endpoint.startsWith('https:') ? https : http;
  const request = (options: http.RequestOptions, onResponse: (answer: Answer) => void): http.ClientRequest => {
    const headers = { ...(options.headers as http.OutgoingHttpHeaders), ...sending.headers };
    const sent = scheme.request({ ...options, headers });
    const stop = supervise(sent, limits, sending);
    // What the library hears of: once an answer is there, later events of the request are not its concern.
    const fail = (error: unknown): void => void sent.emit('error', error);
    sent.once('response', (answer) => {
      stop();
      receive(answer, limits, sending).then(onResponse, (error: unknown) => {
        answer.destroy();
        fail(error);
      });
    });
    sent.on('error', (error) => {
      stop();
      sending.failure.error ??= error;
    });
    return sent;
  };
  // The library calls `request` only, and only in this form.
  return { request } as unknown as typeof http;
}

/** Ends a request that is aborted, or that does not connect or answer in time. */
function supervise(sent: http.ClientRequest, limits: ObjectStoreLimits, { facts, signal }: Sending): () => void {
  let timer: NodeJS.Timeout | undefined;
  const limit = (phase: 'connect' | 'headers', ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => sent.destroy(new TimeoutError(facts, phase, ms)), ms);
  };
  const onAbort = (): void => void sent.destroy(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  sent.once('socket', (socket) => {
    const connected = (): void => limit('headers', limits.headersTimeoutMs);
    if (!socket.connecting) return connected();
    limit('connect', limits.connectTimeoutMs);
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected);
  });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
}

async function receive(answer: Answer, limits: ObjectStoreLimits, sending: Sending): Promise<Answer> {
  const { facts } = sending;
  const status = answer.statusCode ?? 0;
  if (status >= 300 && status < 400) throw new RedirectError(facts, status);
  if (status !== 200 && status !== 206) {
    const body = await bodyOf(answer, { maxBytes: MAX_ERROR_BYTES, whole: false }, limits, sending);
    throw answerError(facts, { status, retryAfter: answer.headers['retry-after'], body: body.toString() });
  }
  if (sending.checkBody === undefined) return answer;
  const body = await bodyOf(answer, { maxBytes: limits.maxListingPageBytes, whole: true }, limits, sending);
  const checked = Readable.from([sending.checkBody(body)], { objectMode: false });
  return Object.assign(checked, { statusCode: status, headers: answer.headers }) as unknown as Answer;
}

async function bodyOf(
  answer: Answer,
  { maxBytes, whole }: { readonly maxBytes: number; readonly whole: boolean },
  limits: ObjectStoreLimits,
  { facts, signal }: Sending,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    const body = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    for await (const piece of patiently(body, limits, { facts, signal })) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes <= maxBytes) continue;
      if (!whole) break;
      const problem = `a page of the listing is larger than ${maxBytes} bytes; check that S3_ENDPOINT is an S3 server`;
      throw new InvalidAnswerError(facts, 'listing_too_large', problem);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BucketError) throw error;
    if (whole) throw new InvalidAnswerError(facts, 'truncated_body', 'the answer was cut off; try again later');
  }
  return Buffer.concat(pieces);
}
