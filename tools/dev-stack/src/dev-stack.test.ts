import { expect, test } from 'vitest';
import { databaseName } from './dev-stack.ts';

test('each simulated world has a database of its own', () => {
  expect(databaseName({ devices: 2000, seed: 1, profile: 'tidy' })).toBe('ovis_2000_1_tidy');
  expect(databaseName({ devices: 2000, seed: 1, profile: 'untidy' })).toBe('ovis_2000_1_untidy');
  expect(databaseName({ devices: 2000, seed: 1, profile: 'tidy', shards: 'https://one.example' })).toBe('ovis');
});
