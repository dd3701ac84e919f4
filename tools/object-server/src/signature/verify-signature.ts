import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { S3Failure } from '../errors.ts';

/** Who may sign, and for which region. */
export interface SigningCredentials {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

/** The parts of a request that a signature covers. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Clients and servers may differ by this much, as at Amazon. */
const MAX_SKEW_MS = 15 * 60 * 1000;

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;.-]+), ?Signature=([0-9a-f]{64})$/;

/**
 * Verifies a request that is signed in its `Authorization` header (AWS Signature Version 4, "Authenticating Requests: Using
 * the Authorization Header" of the Amazon S3 API reference).
 *
 * @returns what the client promised of the body: its SHA-256 in hex, or `UNSIGNED-PAYLOAD`.
 * @throws S3Failure with the code that S3 answers.
 */
export function verifySignature(request: SignedRequest, credentials: SigningCredentials, now: Date): string {
  const header = (name: string): string => String(request.headers[name] ?? '');
  if (header('authorization') === '') throw new S3Failure(403, 'AccessDenied', 'Access Denied.');
  const match = AUTHORIZATION.exec(header('authorization'));
  const [, accessKey = '', day = '', region = '', signedHeaders = '', signature = ''] = match ?? [];
  if (match === null) {
    throw new S3Failure(
      400,
      'AuthorizationHeaderMalformed',
      'The authorization header that you provided is not valid.',
    );
  }
  if (accessKey !== credentials.accessKey) {
    throw new S3Failure(403, 'InvalidAccessKeyId', 'The access key ID you provided does not exist in our records.');
  }
  if (region !== credentials.region) {
    throw new S3Failure(
      400,
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; the region is wrong; expecting '${credentials.region}'.`,
    );
  }
  checkTime(header('x-amz-date'), day, now);
  const names = signedHeaders.split(';');
  // Without these a request could be sent elsewhere, or with other content.
  const mustBeSigned = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  if (!mustBeSigned.every((name) => names.includes(name))) {
    throw new S3Failure(403, 'AccessDenied', 'There were headers present in the request which were not signed');
  }
  const expected = signatureOf(request, { names, day, payload: header('x-amz-content-sha256') }, credentials);
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(signature))) {
    throw new S3Failure(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  }
  return header('x-amz-content-sha256');
}

function checkTime(stamp: string, day: string, now: Date): void {
  const [, year, month, date, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp) ?? [];
  const sentAt = Date.parse(`${year}-${month}-${date}T${hour}:${minute}:${second}Z`);
  if (!stamp.startsWith(day) || Number.isNaN(sentAt)) {
    throw new S3Failure(403, 'AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  }
  if (Math.abs(sentAt - now.getTime()) > MAX_SKEW_MS) {
    const message = "The difference between the request time and the server's time is too large.";
    throw new S3Failure(403, 'RequestTimeTooSkewed', message);
  }
}

interface Signing {
  readonly names: readonly string[];
  /** `YYYYMMDD`. */
  readonly day: string;
  /** Value of `x-amz-content-sha256`. */
  readonly payload: string;
}

function signatureOf(
  request: SignedRequest,
  { names, day, payload }: Signing,
  credentials: SigningCredentials,
): string {
  const scope = `${day}/${credentials.region}/s3/aws4_request`;
  const stamp = String(request.headers['x-amz-date']);
  const digest = createHash('sha256')
    .update(canonicalRequest(request, names, payload))
    .digest('hex');
  const stringToSign = ['AWS4-HMAC-SHA256', stamp, scope, digest].join('\n');
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const parts = [day, credentials.region, 's3', 'aws4_request'];
  const key = parts.reduce<string | Buffer>((previous, part) => hmac(previous, part), `AWS4${credentials.secretKey}`);
  return hmac(key, stringToSign).toString('hex');
}

function canonicalRequest(request: SignedRequest, names: readonly string[], payload: string): string {
  const [path = '', query = ''] = request.target.split('?', 2);
  const headers = names.map((name) => `${name}:${canonicalValue(request.headers[name])}\n`);
  return [request.method, path, canonicalQuery(query), headers.join(''), names.join(';'), payload].join('\n');
}

function canonicalValue(value: string | readonly string[] | undefined): string {
  const text = typeof value === 'string' ? value : (value ?? []).join(',');
  return text.trim().replace(/ +/g, ' ');
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  return query
    .split('&')
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .join('&');
}
