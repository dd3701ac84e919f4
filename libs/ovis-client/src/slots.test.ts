import { describe, expect, test } from 'vitest';
import { Slots } from './slots.ts';

const never = new AbortController().signal;

describe(Slots, () => {
  test('gives a freed place to the one who waits longest', async () => {
    const slots = new Slots(() => 1);
    const order: string[] = [];
    const release = await slots.acquire(never);
    const first = slots.acquire(never).then((free) => (order.push('first'), free));
    const second = slots.acquire(never).then((free) => (order.push('second'), free));
    release();
    (await first)();
    (await second)();
    expect(order).toEqual(['first', 'second']);
  });

  test('gives back a place once only', async () => {
    const slots = new Slots(() => 1);
    const release = await slots.acquire(never);
    release();
    release();
    await slots.acquire(never);
    void slots.acquire(never);
    expect(slots.waiting).toBe(1);
  });

  test('lets a caller that waits leave with its reason and skips it', async () => {
    const slots = new Slots(() => 1);
    const release = await slots.acquire(never);
    const leaving = new AbortController();
    const left = slots.acquire(leaving.signal);
    const next = slots.acquire(never);
    leaving.abort(new Error('enough'));
    await expect(left).rejects.toThrow('enough');
    release();
    await expect(next).resolves.toBeTypeOf('function');
  });

  test('refuses a caller that has gone already', async () => {
    await expect(new Slots(() => 1).acquire(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });

  test('follows a limit that changes: gives out nothing while more are taken, and more when it is told to look', async () => {
    let limit = 2;
    const slots = new Slots(() => limit);
    const releases = [await slots.acquire(never), await slots.acquire(never)];
    limit = 1;
    let isIn = false;
    void slots.acquire(never).then(() => (isIn = true));
    releases.pop()?.();
    await Promise.resolve();
    expect({ isIn, taken: slots.taken }).toEqual({ isIn: false, taken: 1 });
    limit = 2;
    slots.look();
    await expect.poll(() => isIn).toBe(true);
  });
});
