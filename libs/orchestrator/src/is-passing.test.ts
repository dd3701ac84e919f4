import { describe, expect, test } from 'vitest';
import { FencedError, RunBusyError, UsageError } from './errors.ts';
import { isPassing } from './is-passing.ts';

const coded = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code });

describe(isPassing, () => {
  test.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'EPIPE',
    '08006',
    '40001',
    '40P01',
    '53100',
    '53300',
    '57014',
    '57P01',
    '55P03',
  ])('an error with code %s passes', (code) => expect(isPassing(coded(code))).toBe(true));

  test.each(['ENOENT', 'EACCES', 'ERR_INVALID_ARG_TYPE', '23505', '42P01', '42501', '28P01', '22023'])(
    'one with code %s does not',
    (code) => expect(isPassing(coded(code))).toBe(false),
  );

  test('what the driver says without a code is known, and words in other messages say nothing', () => {
    for (const message of [
      'Connection terminated unexpectedly',
      'Query read timeout',
      'timeout exceeded when trying to connect',
      'Client has encountered a connection error and is not queryable',
    ])
      expect(isPassing(new Error(message))).toBe(true);
    expect(isPassing(coded('42601', 'syntax error at or near "connection_timeout"'))).toBe(false);
    expect(isPassing(new TypeError('the connections of the graph are wrong'))).toBe(false);
  });

  test('an error that declares itself is believed, and a cause counts', () => {
    expect(isPassing(new RunBusyError('elt', new Date(0)))).toBe(true);
    expect(isPassing(new UsageError('the connection timeout is no number'))).toBe(false);
    expect(isPassing(new FencedError('a/b'))).toBe(false);
    expect(isPassing(new Error('wrapped', { cause: coded('57P01') }))).toBe(true);
    expect(isPassing('timeout')).toBe(false);
  });
});
