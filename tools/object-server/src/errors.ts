/** Base of every error that the object server throws at its starter. */
export class ObjectServerError extends Error {
  override readonly name: string = 'ObjectServerError';
  readonly retryability: 'transient' | 'terminal';

  constructor(message: string, retryability: 'transient' | 'terminal', options?: ErrorOptions) {
    super(message, options);
    this.retryability = retryability;
  }
}

/** The server could not listen on the address that it was given. */
export class ObjectServerListenError extends ObjectServerError {
  override readonly name = 'ObjectServerListenError';

  constructor(host: string, port: number, options?: ErrorOptions) {
    super(
      `the object server cannot listen on ${host}:${String(port)}; give another port, or 0 for a free one`,
      'transient',
      options,
    );
  }
}

/** A request that is answered with an error document: S3's status, code and a message for people. */
export class S3Failure extends Error {
  override readonly name = 'S3Failure';
  readonly status: number;
  /** As listed in "Error responses" of the Amazon S3 API reference. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
