import { describe, expect, test } from 'vitest';
import { describeError } from './describe-error.ts';
import { SettingsError } from './errors.ts';

describe(describeError, () => {
  test('keeps the message of a class of ours, up to 500 characters', () => {
    expect(describeError(new SettingsError('HTTP_PORT', 'is wrong'))).toEqual({
      errorClass: 'SettingsError',
      message: 'HTTP_PORT is wrong',
    });
    expect(describeError(new SettingsError('X', 'y'.repeat(1000))).message).toHaveLength(500);
  });

  test('counts by the class that the error declares, if it does', () => {
    const error = Object.assign(new Error('shard a:1 answered 503'), {
      retryability: 'transient',
      errorClass: 'http_503',
    });
    expect(describeError(error)).toEqual({ errorClass: 'http_503', message: 'shard a:1 answered 503' });
  });

  test.each([
    ['a driver', Object.assign(new Error('Key (owner)=(Jane Roe) exists'), { code: '23505', detail: 'Jane Roe' })],
    ['the runtime', new SyntaxError('Unexpected token J, "Jane Roe" is not valid JSON')],
    ['a cause', new Error('outer of Jane Roe', { cause: new SettingsError('X', 'Jane Roe') })],
    ['no error', 'Jane Roe'],
    ['an object', { message: 'Jane Roe', retryability: 'terminal' }],
  ])('keeps nothing of what %s says, which may quote a row', (_, error) => {
    expect(JSON.stringify(describeError(error))).not.toContain('Jane');
  });

  test('keeps the kind and the code', () => {
    const error = Object.assign(new TypeError('x'), { code: 'ERR_INVALID_ARG_TYPE' });
    expect(describeError(error).errorClass).toBe('TypeError:ERR_INVALID_ARG_TYPE');
  });
});
