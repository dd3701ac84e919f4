import { describe, expect, test } from 'vitest';
import { nearestName, suggestion } from './nearest-name.ts';

describe(nearestName, () => {
  test.each([
    ['stg_order', ['stg_orders', 'stg_customers'], 'stg_orders'],
    ['stg_ordesr', ['stg_orders'], 'stg_orders'],
    ['STG_ORDERS', ['stg_orders'], 'stg_orders'],
    ['a', ['b', 'xyz'], 'b'],
    ['orders', ['customers', 'payments'], null],
  ])('%s', (name, candidates, nearest) => {
    expect(nearestName(name, candidates)).toBe(nearest);
  });

  test('is said as a question, or not at all', () => {
    expect(suggestion('ordres', ['orders'])).toBe('; did you mean "orders"?');
    expect(suggestion('x', ['orders'])).toBe('');
  });
});
