import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answerObject, sendBody } from './answer-object.ts';
import { ObjectServerListenError, S3Failure } from './errors.ts';
import { faultOf, Faults, type Fault, type FaultKind, type OperationName } from './faults.ts';
import { listObjects, parseListingQuery, renderListing } from './list-objects.ts';
import { isWritable, type ObjectProvider, type WritableObjectProvider } from './provider.ts';
import { MemoryObjects } from './providers/memory.ts';
import { verifySignature } from './signature/verify-signature.ts';
import { takeBody } from './take-object.ts';
import { element, xmlDocument } from './xml.ts';

/** What an object server is made from. */
export interface ObjectServerOptions {
  /** By name. */
  readonly buckets: Readonly<Record<string, ObjectProvider>>;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default `ovis`. */
  readonly accessKey?: string;
  /** Default `secret-key`. */
  readonly secretKey?: string;
  /** Default `us-east-1`. */
  readonly region?: string;
  /** For the check of signatures' times. Default: the machine's clock. */
  readonly now?: () => Date;
}

/** A request that was taken. */
export interface ServedRequest {
  readonly operation: OperationName;
  /** The object's key; of a listing, its prefix. */
  readonly key: string;
  /** The `Range` header, or null. */
  readonly range: string | null;
}

/** An object server that listens. */
export interface ObjectServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:9000`. */
  readonly endpoint: string;
  readonly port: number;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  /** Every request with a good signature, in order. */
  readonly requests: readonly ServedRequest[];
  /** Makes requests fail; see {@link Fault}. */
  fail(fault: Fault): void;
  /** Forgets the faults that are left, and the requests. */
  reset(): void;
  /** Stops at once: open requests are cut. */
  close(): Promise<void>;
}

interface Served {
  readonly buckets: Map<string, ObjectProvider>;
  readonly faults: Faults;
  readonly requests: ServedRequest[];
  readonly credentials: { readonly accessKey: string; readonly secretKey: string; readonly region: string };
  readonly now: () => Date;
}

/** A request after its path was read. */
interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly operation: OperationName;
  readonly bucket: string;
  /** Empty for a bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly faults: readonly FaultKind[];
  /** Value of `x-amz-content-sha256`. */
  readonly payload: string;
}

/**
 * Starts the server.
 *
 * @throws ObjectServerListenError when the address is taken or not ours.
 */
export async function startObjectServer(options: ObjectServerOptions): Promise<ObjectServer> {
  const { accessKey = 'ovis', secretKey = 'secret-key', region = 'us-east-1', host = '127.0.0.1' } = options;
  const served: Served = {
    buckets: new Map(Object.entries(options.buckets)),
    faults: new Faults(),
    requests: [],
    credentials: { accessKey, secretKey, region },
    now: options.now ?? (() => new Date()),
  };
  const server = createServer((request, response) => void answer(served, request, response));
  server.keepAliveTimeout = 65_000;
  const wanted = options.port ?? 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new ObjectServerListenError(host, wanted, { cause })));
    server.listen(wanted, host, () => resolve());
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : wanted;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return {
    endpoint: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    accessKey,
    secretKey,
    region,
    requests: served.requests,
    fail: (fault) => served.faults.add(fault),
    reset: () => {
      served.faults.clear();
      served.requests.length = 0;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function answer(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('server', 'ovis-object-server');
  response.setHeader('x-amz-request-id', randomUUID());
  try {
    await route(served, request, response);
  } catch (error) {
    const failure =
      error instanceof S3Failure ? error : new S3Failure(500, 'InternalError', 'We encountered an error.');
    if (response.headersSent) response.destroy();
    else sendFailure(request, response, failure);
  }
}

async function route(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = request.url ?? '/';
  const signed = { method: request.method ?? 'GET', target, headers: request.headers };
  const payload = verifySignature(signed, served.credentials, served.now());
  const { bucket, key, query } = readTarget(target);
  const operation = operationOf(request.method ?? 'GET', key);
  const shown = operation === 'list' ? (query.get('prefix') ?? '') : key;
  served.requests.push({ operation, key: shown, range: request.headers.range ?? null });
  const faults = served.faults.take(operation, shown);
  const status = faultOf(faults, 'status');
  if (status !== undefined) {
    for (const [name, value] of Object.entries(status.headers ?? {})) response.setHeader(name, value);
    throw new S3Failure(status.status ?? 503, status.code ?? 'SlowDown', 'Please reduce your request rate.');
  }
  if (faultOf(faults, 'hang')) return;
  const body = faultOf(faults, 'body');
  if (body !== undefined) {
    const bytes = Buffer.from(body.body);
    response.writeHead(200, { 'content-length': String(bytes.length), ...body.headers });
    return sendBody(response, [bytes], faults);
  }
  const asked: Asked = { request, response, operation, bucket, key, query, faults, payload };
  await (key === '' ? answerBucket(served, asked) : answerKey(served, asked));
}

function operationOf(method: string, key: string): OperationName {
  if (method === 'GET' && key === '') return 'list';
  if (key === '') return 'bucket';
  const operations: Readonly<Record<string, OperationName>> = {
    GET: 'get',
    HEAD: 'head',
    PUT: 'put',
    DELETE: 'delete',
  };
  const operation = operations[method];
  if (operation === undefined) throw new S3Failure(405, 'MethodNotAllowed', 'The specified method is not allowed');
  return operation;
}

/** Path-style addresses only: `/bucket` and `/bucket/key`. */
function readTarget(target: string): { bucket: string; key: string; query: URLSearchParams } {
  const [path = '', query = ''] = target.split('?', 2);
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  try {
    return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key), query: new URLSearchParams(query) };
  } catch {
    throw new S3Failure(400, 'InvalidURI', "Couldn't parse the specified URI.");
  }
}

async function answerBucket(served: Served, asked: Asked): Promise<void> {
  const { request, response, bucket, faults } = asked;
  if (bucket === '') throw new S3Failure(501, 'NotImplemented', 'Buckets are not listed');
  const provider = served.buckets.get(bucket);
  if (request.method === 'PUT') {
    await takeBody(request, asked.payload);
    if (provider) throw new S3Failure(409, 'BucketAlreadyOwnedByYou', 'Your previous request created the bucket.');
    served.buckets.set(bucket, new MemoryObjects());
    response.writeHead(200, { location: `/${bucket}`, 'content-length': '0' }).end();
    return;
  }
  if (provider === undefined) throw new S3Failure(404, 'NoSuchBucket', 'The specified bucket does not exist');
  if (request.method === 'HEAD') {
    response.writeHead(200, { 'x-amz-bucket-region': served.credentials.region }).end();
    return;
  }
  if (request.method !== 'GET') throw new S3Failure(405, 'MethodNotAllowed', 'The specified method is not allowed');
  await sendBody(response, [await bucketDocument(served, provider, asked)], faults);
}

async function bucketDocument(served: Served, provider: ObjectProvider, asked: Asked): Promise<Uint8Array> {
  const { response, bucket, query, faults } = asked;
  let xml: string;
  if (query.has('location')) {
    xml = xmlDocument('LocationConstraint', served.credentials.region === 'us-east-1' ? '' : served.credentials.region);
  } else if (query.get('list-type') === '2') {
    const listing = parseListingQuery(query);
    const page = await listObjects(provider, listing);
    const etag = faultOf(faults, 'etag')?.etag;
    const objects = etag === undefined ? page.objects : page.objects.map((object) => ({ ...object, etag }));
    xml = renderListing(bucket, listing, { ...page, objects });
  } else throw new S3Failure(501, 'NotImplemented', 'Only ListObjectsV2 and GetBucketLocation are answered');
  const bytes = Buffer.from(xml);
  response.writeHead(200, { 'content-type': 'application/xml', 'content-length': String(bytes.length) });
  return bytes;
}

async function answerKey(served: Served, asked: Asked): Promise<void> {
  const { request, response, operation, bucket, key, query } = asked;
  const provider = served.buckets.get(bucket);
  if (provider === undefined) throw new S3Failure(404, 'NoSuchBucket', 'The specified bucket does not exist');
  if (query.has('uploadId') || query.has('uploads')) {
    throw new S3Failure(501, 'NotImplemented', 'Uploads in several parts are not taken; send the object at once');
  }
  if (operation === 'put') {
    const content = await takeBody(request, asked.payload);
    const { etag } = await writable(provider).put(key, content, served.now());
    response.writeHead(200, { etag: `"${etag}"`, 'content-length': '0' }).end();
  } else if (operation === 'delete') {
    await writable(provider).delete(key);
    response.writeHead(204).end();
  } else {
    const object = await provider.open(key);
    if (object === null) throw new S3Failure(404, 'NoSuchKey', 'The specified key does not exist.');
    await answerObject(request, response, object, asked.faults);
  }
}

function writable(provider: ObjectProvider): WritableObjectProvider {
  if (isWritable(provider)) return provider;
  throw new S3Failure(403, 'AccessDenied', 'Access Denied: what this bucket holds is computed or read-only.');
}

function sendFailure(request: IncomingMessage, response: ServerResponse, { status, code, message }: S3Failure): void {
  // What is left of an upload is not worth reading.
  if (!request.complete) response.setHeader('connection', 'close');
  if (request.method === 'HEAD' || status === 304) {
    response.writeHead(status).end();
    return;
  }
  const fields = element('Code', code) + element('Message', message) + element('Resource', request.url ?? '/');
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${element('Error', fields, true)}`);
  response.writeHead(status, { 'content-type': 'application/xml', 'content-length': String(body.length) });
  response.end(body);
}
