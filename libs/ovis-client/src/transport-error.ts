import {
  NetworkError,
  type OvisClientError,
  type RequestFacts,
  TimeoutError,
  TlsError,
  InvalidAnswerError,
} from './errors.ts';
import type { ClientLimits } from './options.ts';

/** How far an exchange had come when it failed. */
export type ExchangePhase = 'headers' | 'body';

/** OpenSSL's and Node's names for a certificate or a handshake that was not accepted. */
const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_EXCEEDED|EPROTO)/;

/**
 * Names what undici, a socket or zlib threw.
 *
 * The cause is kept only where its message is known to hold nothing that the shard sent: errors of the system's calls.
 */
export function transportError(
  error: unknown,
  phase: ExchangePhase,
  facts: RequestFacts,
  limits: ClientLimits,
): OvisClientError {
  const code = codeOf(error);
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return new TimeoutError(facts, 'connect', limits.connectTimeoutMs);
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return new TimeoutError(facts, 'headers', limits.headersTimeoutMs);
  if (code === 'UND_ERR_BODY_TIMEOUT') return new TimeoutError(facts, 'body', limits.bodyTimeoutMs);
  if (phase === 'body') return bodyError(code, facts);
  if (TLS_CODE.test(code)) return new TlsError(facts, code);
  return new NetworkError(facts, code, isSystemError(error) ? { cause: error } : {});
}

function bodyError(code: string, facts: RequestFacts): OvisClientError {
  const isDecoding = /^(?:Z_|ERR_|BROTLI)/.test(code) && !code.startsWith('ERR_STREAM');
  // zlib's name for input that ended too early.
  return isDecoding && code !== 'Z_BUF_ERROR'
    ? new InvalidAnswerError(facts, 'invalid_encoding', `the body could not be decompressed (${code}); try again later`)
    : new InvalidAnswerError(facts, 'truncated_body', `the body was cut off (${code}); try again later`);
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // undici finds no code for some of these; its message and fields quote the answer.
  return error.name === 'HTTPParserError' ? error.name : 'UNKNOWN';
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && ('syscall' in error || error instanceof AggregateError);
}
