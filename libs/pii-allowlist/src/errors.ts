/** Whether repeating the same call may succeed. Everything that this library refuses stays refused. */
export type Retryability = 'transient' | 'terminal';

/** Base of every error of this library. Messages name declared paths and types, never a value or an undeclared key. */
export class PiiAllowlistError extends Error {
  override readonly name: string = 'PiiAllowlistError';
  readonly retryability: Retryability = 'terminal';
}

/** A declaration is not one that can be compiled: a bad range, a path that is declared twice, a missing reason. */
export class AllowlistDefinitionError extends PiiAllowlistError {
  override readonly name = 'AllowlistDefinitionError';
  /** The declared path, or null when the declaration as a whole is at fault. */
  readonly path: string | null;

  constructor(path: string | null, problem: string, options?: ErrorOptions) {
    super(path === null ? problem : `field "${path}": ${problem}`, options);
    this.path = path;
  }
}

/** A value that claims to be an `Allowed` was not made by a projector: it was cast, copied, spread or built by hand. */
export class NotAllowedError extends PiiAllowlistError {
  override readonly name = 'NotAllowedError';
  /** What was received instead: its `typeof`, or "null". */
  readonly received: string;

  constructor(received: string, options?: ErrorOptions) {
    super(
      `refused a row that no allowlist has projected (received: ${received}, expected: an Allowed). ` +
        'Pass the row that project() returned, without casting, copying or spreading it',
      options,
    );
    this.received = received;
  }
}
