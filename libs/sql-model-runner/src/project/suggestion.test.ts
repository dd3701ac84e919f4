import { describe, expect, test } from 'vitest';
import { suggestion } from './suggestion.ts';

describe(suggestion, () => {
  test.each([
    ['stg_order', ['stg_orders', 'stg_customers'], '; did you mean "stg_orders"?'],
    ['stg_ordesr', ['stg_orders'], '; did you mean "stg_orders"?'],
    ['STG_ORDERS', ['stg_orders'], '; did you mean "stg_orders"?'],
    ['orders', ['customers', 'payments'], ''],
  ])('%s', (name, candidates, said) => {
    expect(suggestion(name, candidates)).toBe(said);
  });
});
