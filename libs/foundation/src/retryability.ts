/** Whether doing the same again may help. Every error class of this repository declares it. */
export type Retryability = 'transient' | 'terminal';

/** True for an error that declares itself transient, or whose cause does; anything else is not tried again. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('retryability' in error) return error.retryability === 'transient';
  return isTransient(error.cause);
}
