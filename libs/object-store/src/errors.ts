import type { Retryability } from '@ovis/foundation';

/** What the store was doing. */
export type Operation = 'list' | 'read';

/** A short stable name of what went wrong, made for counting: it never holds anything that came from outside. */
export type ErrorClass =
  | 'store_options'
  | 'store_closed'
  | AccessErrorClass
  | 'missing_bucket'
  | 'missing_object'
  | 'object_changed'
  | 'redirect'
  | 'timeout'
  | 'network'
  | 'tls'
  | InvalidAnswerClass
  | 'endless_listing'
  | CorruptPartClass
  | PartLimitClass
  | `http_${number}`;

/** The ways in which a store can refuse who asks. */
export type AccessErrorClass = 'wrong_credentials' | 'access_denied' | 'wrong_region' | 'clock_skew';

/** The ways in which an answer with a good status can be unusable. */
export type InvalidAnswerClass =
  'invalid_listing' | 'listing_too_large' | 'truncated_body' | 'invalid_range' | 'unsupported_encoding';

/** What can be wrong with the bytes of a part. */
export type CorruptPartClass = 'corrupt_gzip' | 'truncated_gzip';

/** Which limit a part goes beyond. */
export type PartLimitClass = 'part_too_large' | 'decoded_too_large';

/**
 * The base of everything that the store throws, except the reason of an aborted signal. Messages and fields hold no content of
 * an object, no key and no secret, but for object keys of the documented form.
 */
export abstract class ObjectStoreError extends Error {
  /** Whether trying again later may help. */
  readonly retryability: Retryability;
  /** For counting errors by class. */
  readonly errorClass: ErrorClass;

  constructor(message: string, retryability: Retryability, errorClass: ErrorClass, options?: ErrorOptions) {
    super(message, options);
    this.retryability = retryability;
    this.errorClass = errorClass;
  }
}

/** An option of the store, or of a reading, is outside its range. */
export class ObjectStoreOptionError extends ObjectStoreError {
  override readonly name = 'ObjectStoreOptionError';
  readonly option: string;

  constructor(option: string, problem: string) {
    super(`option "${option}" of the object store ${problem}`, 'terminal', 'store_options');
    this.option = option;
  }
}

/** The store was closed before or while it was asked. */
export class StoreClosedError extends ObjectStoreError {
  override readonly name = 'StoreClosedError';

  constructor() {
    super('the object store is closed; make a new one', 'terminal', 'store_closed');
  }
}

/** What an error belongs to. */
export interface RequestFacts {
  /** Host and port. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly operation: Operation;
  /** Of the documented form; null for a listing. */
  readonly key: string | null;
  /** Which try it was, from 1. */
  readonly attempt: number;
}

interface Classification {
  readonly retryability: Retryability;
  readonly errorClass: ErrorClass;
}

/** Something went wrong with the bucket or with one of its objects. */
export abstract class BucketError extends ObjectStoreError implements RequestFacts {
  readonly endpoint: string;
  readonly bucket: string;
  readonly operation: Operation;
  readonly key: string | null;
  readonly attempt: number;

  constructor(facts: RequestFacts, message: string, classification: Classification, options?: ErrorOptions) {
    const what = facts.key === null ? 'listing' : `reading ${facts.key}`;
    super(
      `bucket "${facts.bucket}" at ${facts.endpoint}, ${what}: ${message}${facts.attempt > 1 ? ` (attempt ${facts.attempt})` : ''}`,
      classification.retryability,
      classification.errorClass,
      options,
    );
    this.endpoint = facts.endpoint;
    this.bucket = facts.bucket;
    this.operation = facts.operation;
    this.key = facts.key;
    this.attempt = facts.attempt;
  }
}

const ACCESS_PROBLEMS: Readonly<Record<AccessErrorClass, string>> = {
  wrong_credentials: 'the credentials were refused; correct S3_ACCESS_KEY and S3_SECRET_KEY',
  access_denied:
    'the credentials are not allowed to do this; allow s3:ListBucket on the bucket and s3:GetObject on its objects',
  wrong_region: 'the store is in another region; correct S3_REGION',
  clock_skew: 'the clock of this machine or of the store is more than 15 minutes wrong; correct it, then try again',
};

/** The store refuses who asks; `errorClass` says why. */
export class AccessError extends BucketError {
  override readonly name = 'AccessError';
  readonly status: number;

  constructor(facts: RequestFacts, errorClass: AccessErrorClass, status: number) {
    const retryability = errorClass === 'clock_skew' ? 'transient' : 'terminal';
    super(facts, `${ACCESS_PROBLEMS[errorClass]} (status ${status})`, { retryability, errorClass });
    this.status = status;
  }
}

/** There is no such bucket. */
export class MissingBucketError extends BucketError {
  override readonly name = 'MissingBucketError';

  constructor(facts: RequestFacts) {
    super(facts, 'there is no such bucket; correct S3_BUCKET or make it', {
      retryability: 'terminal',
      errorClass: 'missing_bucket',
    });
  }
}

/** An object that was listed is gone. */
export class MissingObjectError extends BucketError {
  override readonly name = 'MissingObjectError';

  constructor(facts: RequestFacts) {
    super(facts, 'the object was listed and is gone; list its folder again', {
      retryability: 'transient',
      errorClass: 'missing_object',
    });
  }
}

/** An object is no longer the one that was listed. */
export class ObjectChangedError extends BucketError {
  override readonly name = 'ObjectChangedError';

  constructor(facts: RequestFacts) {
    super(facts, 'the object was replaced since it was listed; list its folder again and begin anew', {
      retryability: 'transient',
      errorClass: 'object_changed',
    });
  }
}

/** The statuses after which the same request is sent again. */
const RETRIED_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** The store answered a status that nothing else stands for. Transient: 408, 429, 500, 502, 503, 504. */
export class HttpStatusError extends BucketError {
  override readonly name = 'HttpStatusError';
  readonly status: number;
  /** How long the store asked to wait; null if it did not say. */
  readonly retryAfterMs: number | null;

  constructor(facts: RequestFacts, status: number, retryAfterMs: number | null = null) {
    const transient = RETRIED_STATUSES.has(status);
    const next = transient ? 'try again later' : 'asking again will not help: check that S3_ENDPOINT is an S3 server';
    super(facts, `answered status ${status}, expected 200; ${next}`, {
      retryability: transient ? 'transient' : 'terminal',
      errorClass: `http_${status}`,
    });
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A redirect was refused: following it would take a signed request to another server. */
export class RedirectError extends BucketError {
  override readonly name = 'RedirectError';
  readonly status: number;

  constructor(facts: RequestFacts, status: number) {
    super(facts, `answered redirect ${status}, which is never followed; correct S3_ENDPOINT or S3_REGION`, {
      retryability: 'terminal',
      errorClass: 'redirect',
    });
    this.status = status;
  }
}

/** Which time limit ran out. */
export type TimeoutPhase = 'connect' | 'headers' | 'body';

/** The store did not connect, answer or go on sending in time. */
export class TimeoutError extends BucketError {
  override readonly name = 'TimeoutError';
  /** See the options `connectTimeoutMs`, `headersTimeoutMs`, `bodyTimeoutMs`. */
  readonly phase: TimeoutPhase;
  readonly limitMs: number;

  constructor(facts: RequestFacts, phase: TimeoutPhase, limitMs: number) {
    super(facts, `the ${phase} timeout of ${limitMs} ms ran out; try again later or raise ${phase}TimeoutMs`, {
      retryability: 'transient',
      errorClass: 'timeout',
    });
    this.phase = phase;
    this.limitMs = limitMs;
  }
}

/** No usable connection: refused, reset, unknown host, or an answer that is no HTTP. */
export class NetworkError extends BucketError {
  override readonly name = 'NetworkError';
  /** The code of Node, such as `ECONNREFUSED`. */
  readonly code: string;

  constructor(facts: RequestFacts, code: string, options?: ErrorOptions) {
    const next = 'check S3_ENDPOINT, and that the store runs and can be reached from here';
    super(
      facts,
      `the connection failed with ${code}; ${next}`,
      { retryability: 'transient', errorClass: 'network' },
      options,
    );
    this.code = code;
  }
}

/** The store's certificate was not accepted; no request was sent. */
export class TlsError extends BucketError {
  override readonly name = 'TlsError';
  /** The code of Node, such as `DEPTH_ZERO_SELF_SIGNED_CERT`. */
  readonly code: string;

  constructor(facts: RequestFacts, code: string) {
    const next = 'check S3_ENDPOINT, the certificate, and NODE_EXTRA_CA_CERTS for a private CA';
    super(facts, `the TLS connection was refused with ${code}; ${next}`, {
      retryability: 'terminal',
      errorClass: 'tls',
    });
    this.code = code;
  }
}

/** The answers that may be different when asked for again. */
const TRANSIENT_ANSWERS: ReadonlySet<InvalidAnswerClass> = new Set<InvalidAnswerClass>([
  'invalid_listing',
  'truncated_body',
]);

/** The store answered 200 with something that cannot be used; `errorClass` says why. The body is never kept. */
export class InvalidAnswerError extends BucketError {
  override readonly name = 'InvalidAnswerError';

  constructor(facts: RequestFacts, errorClass: InvalidAnswerClass, problem: string) {
    const retryability = TRANSIENT_ANSWERS.has(errorClass) ? 'transient' : 'terminal';
    super(facts, problem, { retryability, errorClass });
  }
}

/** The listing does not end: its keys do not ascend, or there are more pages than allowed. */
export class EndlessListingError extends BucketError {
  override readonly name = 'EndlessListingError';
  /** Pages read before the listing was ended. */
  readonly pages: number;

  constructor(facts: RequestFacts, pages: number, problem: string) {
    super(facts, problem, { retryability: 'terminal', errorClass: 'endless_listing' });
    this.pages = pages;
  }
}

const CORRUPT_PROBLEMS: Readonly<Record<CorruptPartClass, string>> = {
  corrupt_gzip: 'the gzip data are damaged',
  truncated_gzip: 'the gzip data end too early',
};

/** The bytes of a part, read to the length that was listed, are no whole gzip stream. */
export class CorruptPartError extends BucketError {
  override readonly name = 'CorruptPartError';

  constructor(facts: RequestFacts, errorClass: CorruptPartClass) {
    super(facts, `${CORRUPT_PROBLEMS[errorClass]}; have the part written again`, {
      retryability: 'terminal',
      errorClass,
    });
  }
}

/** A part is larger than allowed, as it is stored or after decompression. */
export class PartLimitError extends BucketError {
  override readonly name = 'PartLimitError';
  readonly limitBytes: number;

  constructor(facts: RequestFacts, errorClass: PartLimitClass, limitBytes: number) {
    const problem =
      errorClass === 'part_too_large'
        ? `the part is larger than ${limitBytes} bytes; write smaller parts or raise maxPartBytes`
        : `the part decompresses to more than ${limitBytes} bytes; check it, or raise maxDecodedBytes`;
    super(facts, problem, { retryability: 'terminal', errorClass });
    this.limitBytes = limitBytes;
  }
}
