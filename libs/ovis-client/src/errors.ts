/** The listings of the API. */
export type ListOperation = 'listCustomers' | 'listHierarchy' | 'listDeviceStates' | 'listCustomerDailyAggregates';

/** What the client was doing: an operation of the API. */
export type Operation = 'login' | 'getDeviceDailyAggregate' | ListOperation;

/** `transient`: the same call may succeed later. `terminal`: it will not until somebody changes something. */
export type Retryability = 'transient' | 'terminal';

/** A short stable name of what went wrong, made for counting: it never holds anything that came from outside. */
export type ErrorClass =
  | 'settings'
  | 'unknown_shard'
  | 'invalid_customer_id'
  | 'invalid_device_id'
  | 'invalid_question'
  | 'client_closed'
  | 'wrong_credentials'
  | 'circuit_open'
  | 'timeout'
  | 'network'
  | 'tls'
  | 'redirect'
  | 'cursor_loop'
  | 'too_many_pages'
  | InvalidAnswerClass
  | `http_${number}`;

/** The ways in which an answer with a good status can be unusable. */
export type InvalidAnswerClass =
  | 'truncated_body'
  | 'invalid_json'
  | 'invalid_encoding'
  | 'unsupported_encoding'
  | 'unexpected_content_type'
  | 'response_too_large'
  | 'page_too_large'
  | 'invalid_page'
  | 'invalid_aggregate'
  | 'invalid_login';

/**
 * The base of everything that the client throws, except the reason of an aborted signal. Messages and fields hold no
 * response body, no cursor, no item, no token and no password.
 */
export abstract class OvisClientError extends Error {
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

/** An option of the client is missing or outside its range. */
export class SettingsError extends OvisClientError {
  override readonly name = 'SettingsError';
  /** The option, such as `maxRequestsPerShard` or `shards[1].baseUrl`. */
  readonly option: string;

  constructor(option: string, problem: string) {
    super(`option "${option}" of the Ovis client: ${problem}`, 'terminal', 'settings');
    this.option = option;
  }
}

/** A listing was asked of a shard that the client was not given. */
export class UnknownShardError extends OvisClientError {
  override readonly name = 'UnknownShardError';

  constructor(shard: string, known: readonly string[]) {
    super(`no shard is named "${shard}"; this client has: ${known.join(', ')}`, 'terminal', 'unknown_shard');
  }
}

/** A customer id that cannot be sent as one segment of a path; no request was made. */
export class InvalidCustomerIdError extends OvisClientError {
  override readonly name = 'InvalidCustomerIdError';

  constructor(problem: string) {
    super(
      `a customer id ${problem}; expected 1 to 1024 characters of well-formed text other than "." and ".."`,
      'terminal',
      'invalid_customer_id',
    );
  }
}

/** A device id that cannot be sent as one segment of a path. */
export class InvalidDeviceIdError extends OvisClientError {
  override readonly name = 'InvalidDeviceIdError';

  constructor(problem: string) {
    super(
      `a device id ${problem}; expected 1 to 1024 characters of well-formed text other than "." and ".."`,
      'terminal',
      'invalid_device_id',
    );
  }
}

/** A metric or a day that cannot be asked for. */
export class InvalidQuestionError extends OvisClientError {
  override readonly name = 'InvalidQuestionError';

  constructor(problem: string) {
    super(problem, 'terminal', 'invalid_question');
  }
}

/** The client was closed before or while it was asked. */
export class ClientClosedError extends OvisClientError {
  override readonly name = 'ClientClosedError';

  constructor() {
    super('the Ovis client is closed; make a new one', 'terminal', 'client_closed');
  }
}

/** Which request an error belongs to. */
export interface RequestFacts {
  /** The shard's name, host and port. */
  readonly shard: string;
  /** What was asked. */
  readonly operation: Operation;
  /**
   * Which try of this request it was, from 1; 0 if nothing was sent. The sending with a token renewed after a 401 is part
   * of the same try.
   */
  readonly attempt: number;
}

/** Something went wrong with one shard; the others are not touched. */
export abstract class ShardError extends OvisClientError implements RequestFacts {
  readonly shard: string;
  readonly operation: Operation;
  readonly attempt: number;

  constructor(
    facts: RequestFacts,
    message: string,
    classification: { readonly retryability: Retryability; readonly errorClass: ErrorClass },
    options?: ErrorOptions,
  ) {
    super(
      `shard "${facts.shard}", ${facts.operation}: ${message}${facts.attempt > 1 ? ` (attempt ${facts.attempt})` : ''}`,
      classification.retryability,
      classification.errorClass,
      options,
    );
    this.shard = facts.shard;
    this.operation = facts.operation;
    this.attempt = facts.attempt;
  }
}

/** A shard refused the user name and password. Its callers get this error without a new login for a minute. */
export class WrongCredentialsError extends ShardError {
  override readonly name = 'WrongCredentialsError';
  /** 401 or 403. */
  readonly status: number;
  /** The environment variables that the credentials came from, if the client was told. */
  readonly variables: readonly string[];

  constructor(facts: RequestFacts, status: number, variables: readonly string[]) {
    const where = variables.length > 0 ? variables.join(' and ') : 'the username and password of this shard';
    super(facts, `the credentials were refused with status ${status}; correct ${where}`, {
      retryability: 'terminal',
      errorClass: 'wrong_credentials',
    });
    this.status = status;
    this.variables = variables;
  }
}

/** The statuses after which the same GET is sent again. */
const RETRIED_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/**
 * A shard answered a status other than 200. Transient: 408, 429, 500, 502, 503, 504, and 401 (the token was refused
 * although it was new).
 */
export class HttpStatusError extends ShardError {
  override readonly name = 'HttpStatusError';
  /** The HTTP status. */
  readonly status: number;
  /** How long the shard asked to wait, before the client's cap; null if it did not say. */
  readonly retryAfterMs: number | null;

  constructor(facts: RequestFacts, status: number, retryAfterMs: number | null = null) {
    const transient = RETRIED_STATUSES.has(status) || status === 401;
    super(facts, `answered status ${status}, expected 200; ${nextStep(status, transient)}`, {
      retryability: transient ? 'transient' : 'terminal',
      errorClass: `http_${status}`,
    });
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

function nextStep(status: number, transient: boolean): string {
  if (status === 401) return 'a token that it had just given out was refused, try again later';
  if (status === 404) return 'it does not have what was asked for';
  return transient ? 'try again later' : 'asking again will not help';
}

/** A redirect was refused: following it could carry the token of one shard to another server. */
export class RedirectError extends ShardError {
  override readonly name = 'RedirectError';
  /** The HTTP status, 300 to 399. */
  readonly status: number;

  constructor(facts: RequestFacts, status: number) {
    super(facts, `answered redirect ${status}, which is never followed; correct the base URL of the shard`, {
      retryability: 'terminal',
      errorClass: 'redirect',
    });
    this.status = status;
  }
}

/** Which of the client's time limits ran out. */
export type TimeoutPhase = 'connect' | 'headers' | 'body' | 'attempt';

/** The shard did not connect, answer or go on sending in time. */
export class TimeoutError extends ShardError {
  override readonly name = 'TimeoutError';
  /** Which limit: see the options `connectTimeoutMs`, `headersTimeoutMs`, `bodyTimeoutMs`, `attemptTimeoutMs`. */
  readonly phase: TimeoutPhase;
  /** The limit in milliseconds. */
  readonly limitMs: number;

  constructor(facts: RequestFacts, phase: TimeoutPhase, limitMs: number, options?: ErrorOptions) {
    super(
      facts,
      `the ${phase} timeout of ${limitMs} ms ran out; try again later or raise ${phase}TimeoutMs`,
      { retryability: 'transient', errorClass: 'timeout' },
      options,
    );
    this.phase = phase;
    this.limitMs = limitMs;
  }
}

/** No usable connection: refused, reset, unknown host, or an answer that is no HTTP. */
export class NetworkError extends ShardError {
  override readonly name = 'NetworkError';
  /** The code of Node or undici, such as `ECONNREFUSED`. */
  readonly code: string;

  constructor(facts: RequestFacts, code: string, options?: ErrorOptions) {
    super(
      facts,
      `the connection failed with ${code}; check that the shard runs and can be reached from here`,
      { retryability: 'transient', errorClass: 'network' },
      options,
    );
    this.code = code;
  }
}

/** The shard's certificate was not accepted; no request was sent. */
export class TlsError extends ShardError {
  override readonly name = 'TlsError';
  /** The code of Node, such as `DEPTH_ZERO_SELF_SIGNED_CERT`. */
  readonly code: string;

  constructor(facts: RequestFacts, code: string) {
    super(
      facts,
      `the TLS connection was refused with ${code}; check the base URL, the certificate, and NODE_EXTRA_CA_CERTS for a private CA`,
      { retryability: 'terminal', errorClass: 'tls' },
    );
    this.code = code;
  }
}

/** The answers that may be different when asked for again. */
const TRANSIENT_ANSWERS: ReadonlySet<InvalidAnswerClass> = new Set<InvalidAnswerClass>([
  'truncated_body',
  'invalid_json',
  'invalid_encoding',
  'unexpected_content_type',
]);

/** The shard answered 200 with a body that cannot be used; `errorClass` says why. The body itself is never kept. */
export class InvalidAnswerError extends ShardError {
  override readonly name = 'InvalidAnswerError';

  constructor(facts: RequestFacts, errorClass: InvalidAnswerClass, problem: string) {
    super(facts, problem, {
      retryability: TRANSIENT_ANSWERS.has(errorClass) ? 'transient' : 'terminal',
      errorClass,
    });
  }
}

/** A listing does not end: a cursor came back, or more pages than allowed. The pages so far were delivered. */
export class EndlessListingError extends ShardError {
  override readonly name = 'EndlessListingError';
  /** Pages delivered before the listing was ended. */
  readonly pages: number;

  constructor(facts: RequestFacts, errorClass: 'cursor_loop' | 'too_many_pages', pages: number) {
    const problem =
      errorClass === 'cursor_loop'
        ? `the cursor after page ${pages} was seen before, so the listing would not end; report it to the shard's owner`
        : `the listing has more than ${pages} pages; raise maxPagesPerListing or pageSize if that is right`;
    super(facts, problem, { retryability: 'terminal', errorClass });
    this.pages = pages;
  }
}

/** Nothing was sent: the shard failed so often that requests are held back until its circuit lets a probe pass. */
export class CircuitOpenError extends ShardError {
  override readonly name = 'CircuitOpenError';
  /** Milliseconds until the next request may be tried. */
  readonly retryAfterMs: number;

  constructor(facts: RequestFacts, retryAfterMs: number) {
    super(facts, `its circuit is open after repeated failures; try again in ${Math.ceil(retryAfterMs / 1000)} s`, {
      retryability: 'transient',
      errorClass: 'circuit_open',
    });
    this.retryAfterMs = retryAfterMs;
  }
}
