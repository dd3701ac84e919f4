import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { toDatabaseError } from './database-error.ts';

/** An error as the driver throws it. */
function serverError(message: string, code: string): Error {
  return Object.assign(new Error(message), { severity: 'ERROR', code, detail: 'Key (id)=(row-value) is duplicated.' });
}

describe(toDatabaseError, () => {
  test.each([
    ['invalid input syntax for type numeric: "row-value"', '22P02', 'invalid input syntax for type numeric'],
    ['value "row-value" is out of range for type integer', '22003', 'value is out of range for type integer'],
    ['date/time field value out of range: "row ""value"""', '22008', 'date/time field value out of range'],
    [
      'invalid input syntax for type integer: "row "value" row-value"',
      '22P02',
      'invalid input syntax for type integer',
    ],
    [
      'syntaxe en entrée invalide pour le type integer : « row-value »',
      '22P02',
      'syntaxe en entrée invalide pour le type integer',
    ],
    ['syntax error at or near "selekt"', '42601', 'syntax error at or near "selekt"'],
    ['column "devise_id" does not exist', '42703', 'column "devise_id" does not exist'],
  ])('%s (%s)', (message, code, expected) => {
    const error = toDatabaseError(serverError(message, code), 'select 1');
    expect(error.message).toBe(expected);
    expect(inspect(error)).not.toMatch(/row-value|row ""value/);
  });
});
