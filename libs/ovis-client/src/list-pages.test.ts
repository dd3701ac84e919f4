import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Page } from './client.ts';
import { type Listing, listPages } from './list-pages.ts';

/** A listing over `count` pages that says what it was asked. */
function pagesOf(
  count: number,
  overrides: Partial<Listing> = {},
): { asked: (string | null)[]; pages: AsyncIterable<Page> } {
  const asked: (string | null)[] = [];
  const pages = listPages({
    facts: { shard: 'a:1', operation: 'listCustomers' },
    start: null,
    maxPages: 1000,
    signals: [],
    fetchPage: async (cursor) => {
      asked.push(cursor);
      const index = Number(cursor ?? 0);
      return { cursor, items: [index], nextCursor: index + 1 < count ? String(index + 1) : null, bytes: 1 };
    },
    ...overrides,
  });
  return { asked, pages };
}

async function itemsOf(pages: AsyncIterable<Page>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const page of pages) items.push(...page.items);
  return items;
}

describe(listPages, () => {
  test('gives every page in order', async () => {
    expect(await itemsOf(pagesOf(4).pages)).toEqual([0, 1, 2, 3]);
  });

  test('asks for nothing before the first next()', () => {
    const { asked, pages } = pagesOf(4);
    pages[Symbol.asyncIterator]();
    expect(asked).toEqual([]);
  });

  test('asks for exactly one page ahead', async () => {
    const { asked, pages } = pagesOf(5);
    const seen: number[] = [];
    for await (const page of pages) {
      await delay(5);
      seen.push(asked.length - Number(page.items[0]));
    }
    expect(seen).toEqual([2, 2, 2, 2, 1]);
  });

  test('can be iterated again from its start', async () => {
    const { pages } = pagesOf(3, { start: '1' });
    expect(await itemsOf(pages)).toEqual([1, 2]);
    expect(await itemsOf(pages)).toEqual([1, 2]);
  });

  test('delivers the page before it reports that the next one failed', async () => {
    const { pages } = pagesOf(0, {
      fetchPage: async (cursor) => {
        if (cursor !== null) throw new Error('page 2 is broken');
        return { cursor, items: ['one'], nextCursor: '2', bytes: 1 };
      },
    });
    const items: unknown[] = [];
    await expect(async () => {
      for await (const page of pages) items.push(...page.items);
    }).rejects.toThrow('page 2 is broken');
    expect(items).toEqual(['one']);
  });

  test('cancels the page under way when the loop is left', async () => {
    const signals: AbortSignal[] = [];
    const { pages } = pagesOf(0, {
      fetchPage: async (cursor, signal) => {
        signals.push(signal);
        if (cursor !== null) await delay(60_000, undefined, { signal });
        return { cursor, items: [], nextCursor: '2', bytes: 1 };
      },
    });
    for await (const _page of pages) break;
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true]);
  });

  test('lets return() end a next() that is under way', async () => {
    const { pages } = pagesOf(0, {
      fetchPage: async (cursor, signal) => delay(60_000, { cursor, items: [], nextCursor: null, bytes: 1 }, { signal }),
    });
    const iterator = pages[Symbol.asyncIterator]();
    const next = iterator.next();
    await Promise.all([expect(next).rejects.toThrow('aborted'), iterator.return?.()]);
  });

  test('ends with the reason of a signal, also when the next page is there already', async () => {
    const controller = new AbortController();
    const { pages } = pagesOf(5, { signals: [controller.signal] });
    await expect(async () => {
      for await (const _page of pages) controller.abort(new Error('stop now'));
    }).rejects.toThrow('stop now');
  });

  test('ends a listing whose cursors go round, after the pages before', async () => {
    const { pages } = pagesOf(0, {
      fetchPage: async (cursor) => ({
        cursor,
        items: [cursor],
        nextCursor: cursor === 'x'.repeat(100) ? 'b' : cursor === 'b' ? 'x'.repeat(100) : 'b',
        bytes: 1,
      }),
    });
    const items: unknown[] = [];
    await expect(async () => {
      for await (const page of pages) items.push(...page.items);
    }).rejects.toMatchObject({ name: 'EndlessListingError', errorClass: 'cursor_loop', pages: 3 });
    expect(items).toEqual([null, 'b', 'x'.repeat(100)]);
  });

  test('ends a listing that has more pages than allowed', async () => {
    const { pages, asked } = pagesOf(50, { maxPages: 3 });
    await expect(itemsOf(pages)).rejects.toMatchObject({ errorClass: 'too_many_pages', pages: 3 });
    expect(asked).toHaveLength(3);
  });
});
