/** Base of every error that the simulator throws on purpose. */
export class SimulatorError extends Error {
  override readonly name: string = 'SimulatorError';
  /** Nothing here is worth a second try with the same input, except a port that is taken. */
  readonly retryability: 'transient' | 'terminal';

  constructor(message: string, retryability: 'transient' | 'terminal', options?: ErrorOptions) {
    super(message, options);
    this.retryability = retryability;
  }
}

/** An option, argument or control request has a value that the simulator cannot use. */
export class SimulatorOptionError extends SimulatorError {
  override readonly name = 'SimulatorOptionError';
  /** Name of the option as the caller wrote it, e.g. `devices`. */
  readonly option: string;

  constructor(option: string, message: string, options?: ErrorOptions) {
    super(message, 'terminal', options);
    this.option = option;
  }
}

/** A server could not listen on the address that it was given. */
export class SimulatorListenError extends SimulatorError {
  override readonly name = 'SimulatorListenError';

  constructor(host: string, port: number, options?: ErrorOptions) {
    super(
      `the simulator cannot listen on ${host}:${port}; give another port, or 0 for a free one`,
      'transient',
      options,
    );
  }
}
