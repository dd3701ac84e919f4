import { describe, expect, test } from 'vitest';
import { judgeStep, worstOutcome } from './failure-limit.ts';

describe(judgeStep, () => {
  test.each([
    ['succeeded', { tasks: 3, failedTasks: 0, scopes: 5, failedScopes: 0 }],
    ['failed', { tasks: 19, failedTasks: 1, scopes: 5, failedScopes: 0 }],
    ['partly_failed', { tasks: 20, failedTasks: 1, scopes: 5, failedScopes: 0 }],
    ['failed', { tasks: 20, failedTasks: 2, scopes: 5, failedScopes: 0 }],
    ['failed', { tasks: 300, failedTasks: 0, scopes: 5, failedScopes: 1 }],
    ['partly_failed', { tasks: 300, failedTasks: 0, scopes: 40, failedScopes: 1 }],
    ['failed', { tasks: 0, failedTasks: 0, scopes: 1, failedScopes: 1 }],
  ] as const)('is %s with %j', (outcome, counts) => {
    expect(judgeStep(counts)).toBe(outcome);
  });
});

test('the outcome of a run is that of its worst step', () => {
  expect(worstOutcome(['succeeded', 'partly_failed', 'succeeded'])).toBe('partly_failed');
  expect(worstOutcome(['partly_failed', 'failed'])).toBe('failed');
  expect(worstOutcome([])).toBe('succeeded');
});
