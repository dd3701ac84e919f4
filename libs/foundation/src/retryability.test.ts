import { describe, expect, test } from 'vitest';
import { isTransient } from './retryability.ts';

const declared = (retryability: string, cause?: unknown): Error =>
  Object.assign(new Error('declared', { cause }), { retryability });

describe(isTransient, () => {
  test('believes the error, then its cause', () => {
    expect(isTransient(declared('transient'))).toBe(true);
    expect(isTransient(declared('terminal', declared('transient')))).toBe(false);
    expect(isTransient(new Error('wrapped', { cause: declared('transient') }))).toBe(true);
  });

  test('takes everything that declares nothing for terminal', () => {
    expect(isTransient(new Error('unknown'))).toBe(false);
    expect(isTransient({ retryability: 'transient' })).toBe(false);
    expect(isTransient(undefined)).toBe(false);
  });
});
