import { describe, expect, test } from 'vitest';
import type { ReceivedAnnouncement } from '../task-queue.ts';
import { takeNext } from './work-off.ts';

const waiting = (names: string): ReceivedAnnouncement[] =>
  names.split('').map((jobId) => ({
    jobId,
    announcement: { version: 1, runId: '', taskId: jobId, runAttempt: 1, isSuspect: jobId.toUpperCase() === jobId },
  }));
const names = (received: readonly ReceivedAnnouncement[]): string => received.map(({ jobId }) => jobId).join('');

describe(takeNext, () => {
  test('takes from the front, of tasks that processes died with one at a time', () => {
    const queue = waiting('aBcDe');
    expect(names(takeNext(queue, 3, false))).toBe('aBc');
    expect(names(queue)).toBe('De');
    expect(names(takeNext(queue, 3, true))).toBe('e');
    expect(names(takeNext(queue, 3, true))).toBe('');
    expect(names(takeNext(queue, 3, false))).toBe('D');
    expect(names(takeNext(waiting('ab'), 0, false))).toBe('');
  });
});
