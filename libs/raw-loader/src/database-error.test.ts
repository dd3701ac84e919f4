import { DatabaseError } from 'pg';
import { describe, expect, test } from 'vitest';
import { toRawLoaderError } from './database-error.ts';

function reported(code: string, fields: Partial<DatabaseError> = {}): DatabaseError {
  return Object.assign(new DatabaseError(fields.message ?? 'what the server said', 0, 'error'), { code }, fields);
}

describe(toRawLoaderError, () => {
  test.each([
    ['40P01', 'transient', 'two transactions waited for each other'],
    ['40001', 'transient', 'another transaction came in between'],
    ['55P03', 'transient', 'a lock was not granted in time'],
    ['53100', 'transient', "the server's disk is full"],
    ['53300', 'transient', 'no free connection'],
    ['57P01', 'transient', 'the connection was lost'],
    ['57014', 'transient', 'the statement was cancelled'],
    ['08006', 'transient', 'the connection was lost'],
    ['42P01', 'terminal', 'apply the migrations'],
    ['42501', 'terminal', 'lacks the privilege'],
    ['28P01', 'terminal', 'check the user and password'],
    ['23514', 'terminal', 'what the server said'],
  ])('maps %s to %s', (code, retryability, advice) => {
    const error = toRawLoaderError(reported(code), 'storing');
    expect(error).toMatchObject({ retryability, sqlState: code, message: expect.stringContaining(advice) });
    expect(error.message).toContain(`storing failed: what the server said (SQLSTATE ${code})`);
  });

  test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'])('takes %s for transient', (code) => {
    const error = Object.assign(new Error(`connect ${code}`), { code });
    expect(toRawLoaderError(error, 'connecting').retryability).toBe('transient');
    expect(toRawLoaderError(new AggregateError([error], ''), 'connecting')).toMatchObject({
      retryability: 'transient',
      message: `connecting failed: connect ${code}`,
    });
  });

  test('takes what it does not know for terminal, and leaves its own errors as they are', () => {
    const own = toRawLoaderError(new TypeError('x is not a function'), 'storing');
    expect(own).toMatchObject({ retryability: 'terminal', sqlState: null });
    expect(toRawLoaderError(own, 'again')).toBe(own);
  });

  test('keeps nothing of the report that quotes values', () => {
    const secret = 'ann@example.com';
    const fields = {
      detail: `Key (id)=(${secret})`,
      where: `COPY stage, line 1: "${secret}"`,
      hint: secret,
      internalQuery: secret,
    };
    for (const error of [
      reported('23505', fields),
      reported('22P02', { ...fields, message: `invalid input syntax: "${secret}"`, stack: secret }),
      reported('P0001', { ...fields, message: `a trigger refused ${secret}`, stack: secret }),
    ]) {
      const mapped = toRawLoaderError(error, 'storing');
      const cause = mapped.cause as Error;
      expect(
        [mapped.message, JSON.stringify(mapped), cause.message, cause.stack, JSON.stringify(cause)].join(' '),
      ).not.toContain(secret);
    }
  });
});
