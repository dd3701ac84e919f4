import {
  AccessError,
  type BucketError,
  HttpStatusError,
  MissingBucketError,
  MissingObjectError,
  NetworkError,
  ObjectChangedError,
  RedirectError,
  type RequestFacts,
  TlsError,
} from './errors.ts';
import { parseRetryAfter } from './retry-delay.ts';

/** OpenSSL's and Node's names for a certificate or a handshake that was not accepted. */
const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_EXCEEDED|EPROTO)/;

/** S3's codes for keys and signatures that are wrong. */
const CREDENTIAL_CODES: ReadonlySet<string> = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidToken',
  'ExpiredToken',
  'InvalidTokenId',
  'XMinioAdminNoSuchUser',
]);

/** An answer that is no success. */
export interface RefusingAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Beginning of the body. */
  readonly body: string;
}

/**
 * Names an answer by its status and S3's error code ("Error responses" of the Amazon S3 API reference). Nothing of the body
 * goes into the error.
 */
export function answerError(facts: RequestFacts, { status, retryAfter, body }: RefusingAnswer): BucketError {
  const code = /<Code>([A-Za-z0-9.]{1,64})<\/Code>/.exec(body)?.[1] ?? '';
  if (status >= 300 && status < 400) return new RedirectError(facts, status);
  if (CREDENTIAL_CODES.has(code) || status === 401) return new AccessError(facts, 'wrong_credentials', status);
  if (code === 'RequestTimeTooSkewed') return new AccessError(facts, 'clock_skew', status);
  if (code === 'AuthorizationHeaderMalformed' || code === 'InvalidRegion') {
    return new AccessError(facts, 'wrong_region', status);
  }
  if (status === 403) return new AccessError(facts, 'access_denied', status);
  if (code === 'NoSuchBucket') return new MissingBucketError(facts);
  if (code === 'NoSuchKey' || code === 'NoSuchVersion') return new MissingObjectError(facts);
  // 416: it is shorter now than it was.
  if (status === 412 || status === 416) return new ObjectChangedError(facts);
  return new HttpStatusError(facts, status, parseRetryAfter(retryAfter));
}

/**
 * Names what a socket or Node's HTTP parser threw. The cause is kept only where its message is known to hold nothing that the
 * store sent: errors of the system's calls.
 */
export function connectionError(facts: RequestFacts, error: unknown): BucketError {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  if (TLS_CODE.test(code)) return new TlsError(facts, code);
  const isSystemError = error instanceof Error && ('syscall' in error || error instanceof AggregateError);
  return new NetworkError(facts, code, isSystemError ? { cause: error } : {});
}
