import { describe, expect, test } from 'vitest';
import { RetryBudget } from './retry-budget.ts';

function budgetAt(options: { capacity: number; perRequest: number; perSecond: number }) {
  const time = { ms: 0 };
  return { time, budget: new RetryBudget({ ...options, monotonicMs: () => time.ms }) };
}

describe(RetryBudget, () => {
  test('starts full and refuses when it is empty', () => {
    const { budget } = budgetAt({ capacity: 2, perRequest: 0, perSecond: 0 });
    expect([budget.withdraw(), budget.withdraw(), budget.withdraw()]).toEqual([true, true, false]);
  });

  test('grows with requests', () => {
    const { budget } = budgetAt({ capacity: 1, perRequest: 0.5, perSecond: 0 });
    budget.withdraw();
    budget.deposit();
    expect(budget.withdraw()).toBe(false);
    budget.deposit();
    expect(budget.withdraw()).toBe(true);
  });

  test('grows with time up to its capacity', () => {
    const { budget, time } = budgetAt({ capacity: 2, perRequest: 0, perSecond: 1 });
    budget.withdraw();
    budget.withdraw();
    time.ms = 999;
    expect(budget.withdraw()).toBe(false);
    time.ms = 60_000;
    expect([budget.withdraw(), budget.withdraw(), budget.withdraw()]).toEqual([true, true, false]);
  });
});
