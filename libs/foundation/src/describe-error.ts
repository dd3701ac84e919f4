/** What is recorded of an error: a class to count by and a message, free of personal data and secrets. */
export interface ErrorFacts {
  readonly errorClass: string;
  readonly message: string;
}

const LONGEST_MESSAGE = 500;

/**
 * Facts of an error for the run log. Messages are taken only from errors that declare `retryability`, that is from this
 * repository's own classes, whose messages hold no values by rule; what a driver or the runtime says may quote a row, so of
 * those only the kind and the code are kept.
 */
export function describeError(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { errorClass: 'unknown', message: 'something that is no error was thrown' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if ('retryability' in error) {
    const declared = 'errorClass' in error && typeof error.errorClass === 'string' ? error.errorClass : error.name;
    return { errorClass: declared, message: error.message.slice(0, LONGEST_MESSAGE) };
  }
  if (code !== undefined) return { errorClass: `${error.name}:${code}`, message: `${error.name} with code ${code}` };
  return { errorClass: error.name, message: `${error.name}; its message is not kept, because it may quote data` };
}
