import { startObjectServer, type ObjectProvider } from '@ovis/object-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CANARY, DAY, HostileBucket } from '../test/hostile-bucket.ts';
import { foldersOf, groupsOf, gz, onlyPart, resultLines, resultOf, valuesOf } from '../test/results.ts';

let hostile: HostileBucket;
beforeEach(async () => {
  hostile = await HostileBucket.start();
});
afterEach(async () => {
  await hostile[Symbol.asyncDispose]();
});

describe('a part', () => {
  const text = resultLines(0, 20_000);
  const all = Array.from({ length: 20_000 }, (_, n) => resultOf(n));

  test.each(['.jsonl', '.jsonl.gz'])(
    '%s is read to its end over connections that are cut again and again',
    async (ending) => {
      const content = ending === '.jsonl' ? Buffer.from(text) : gz(text);
      hostile.objects.put(`${DAY}/part-00000${ending}`, content);
      const { store, told } = hostile.storeOf();
      const part = await onlyPart(store);
      hostile.server.fail({ operation: 'get', times: 3, with: { kind: 'cut', bytes: Math.floor(content.length / 5) } });
      expect(valuesOf(await groupsOf(store, part))).toEqual(all);
      const reads = hostile.server.requests.filter(({ operation }) => operation === 'get');
      expect(reads.map(({ range }) => /^bytes=\d+-$/.test(range ?? ''))).toEqual([false, true, true, true]);
      expect(new Set(reads.map(({ range }) => range)).size).toBe(4);
      expect(told.retries).toHaveLength(3);
    },
  );

  test.each([
    ['hangs', { kind: 'hang' }, 'timeout'],
    ['stalls', { kind: 'stall', bytes: 1000 }, 'timeout'],
    ['trickles', { kind: 'trickle', bytes: 10, everyMs: 10 }, 'timeout'],
    ['is cut before its first byte', { kind: 'cut' }, 'truncated_body'],
    ['is answered with 503', { kind: 'status' }, 'http_503'],
  ] as const)('that %s for ever fails, after whole groups', async (_, fault, errorClass) => {
    hostile.objects.put(`${DAY}/part-00000.jsonl`, text);
    const { store } = hostile.storeOf({ headersTimeoutMs: 150, bodyTimeoutMs: 150, maxAttempts: 3 });
    const part = await onlyPart(store);
    hostile.server.fail({ operation: 'get', times: Infinity, with: fault });
    expect(await hostile.failure(groupsOf(store, part))).toMatchObject({
      errorClass,
      retryability: 'transient',
      key: `${DAY}/part-00000.jsonl`,
      attempt: 3,
    });
  });

  test('that fails half way is continued after the last line that was given', async () => {
    hostile.objects.put(`${DAY}/part-00000.jsonl.gz`, gz(text));
    const { store } = hostile.storeOf({ maxAttempts: 1 });
    const part = await onlyPart(store);
    hostile.server.fail({ operation: 'get', with: { kind: 'cut', bytes: 60_000 } });
    const seen: unknown[] = [];
    let afterLine = 0;
    const readOn = async (): Promise<void> => {
      for await (const group of store.readPart(part, { afterLine, maxGroupLines: 100 })) {
        seen.push(...group.lines.map(({ value }) => value));
        afterLine = group.lastLine;
      }
    };
    expect(await hostile.failure(readOn())).toMatchObject({ errorClass: 'truncated_body' });
    expect(afterLine).toBeGreaterThan(0);
    expect(afterLine).toBeLessThan(20_000);
    await readOn();
    expect(seen).toEqual(all);
  });

  test('that is replaced between two connections is not mixed with the old one', async () => {
    hostile.objects.put(`${DAY}/part-00000.jsonl`, text);
    const { store } = hostile.storeOf();
    const part = await onlyPart(store);
    hostile.server.fail({ operation: 'get', with: { kind: 'cut', bytes: 100_000 } });
    hostile.server.fail({ operation: 'get', after: 1, with: { kind: 'etag', etag: 'new' } });
    expect(await hostile.failure(groupsOf(store, part))).toMatchObject({ errorClass: 'object_changed' });
  });

  test('of a server that does not look at If-Match is still known by its ETag', async () => {
    hostile.objects.put(`${DAY}/part-00000.jsonl`, text);
    const { store } = hostile.storeOf();
    const part = await onlyPart(store);
    hostile.objects.put(`${DAY}/part-00000.jsonl`, text.replaceAll('voltage', 'vintage'));
    hostile.server.fail({ operation: 'get', with: { kind: 'ignore-if-match' } });
    expect(await hostile.failure(groupsOf(store, part))).toMatchObject({ errorClass: 'object_changed' });
  });

  test('of a server that sends everything where the rest was asked for is refused', async () => {
    hostile.objects.put(`${DAY}/part-00000.jsonl`, text);
    const { store } = hostile.storeOf();
    const part = await onlyPart(store);
    hostile.server.fail({ operation: 'get', with: { kind: 'cut', bytes: 100_000 } });
    hostile.server.fail({ operation: 'get', after: 1, with: { kind: 'ignore-range' } });
    expect(await hostile.failure(groupsOf(store, part))).toMatchObject({ errorClass: 'invalid_range' });
  });

  test.each([
    ['ends too early', (whole: Buffer) => whole.subarray(0, -100), 'truncated_gzip'],
    ['lacks its checksum', (whole: Buffer) => whole.subarray(0, -8), 'truncated_gzip'],
    ['is empty', () => Buffer.alloc(0), 'truncated_gzip'],
    ['is damaged in the middle', (whole: Buffer) => flip(whole, whole.length >> 1), 'corrupt_gzip'],
    ['has a wrong checksum', (whole: Buffer) => flip(whole, whole.length - 6), 'corrupt_gzip'],
    ['is no gzip', () => Buffer.from(`{"${CANARY}":1}\n`), 'corrupt_gzip'],
    ['has something behind it', (whole: Buffer) => Buffer.concat([whole, Buffer.from(CANARY)]), 'corrupt_gzip'],
  ])('whose gzip %s fails by name', async (_, damage, errorClass) => {
    hostile.objects.put(`${DAY}/part-00000.jsonl.gz`, damage(Buffer.from(gz(text))));
    const { store } = hostile.storeOf();
    const part = await onlyPart(store);
    expect(await hostile.failure(groupsOf(store, part))).toMatchObject({
      errorClass,
      retryability: 'terminal',
      name: 'CorruptPartError',
    });
  });

  test('of several gzip members is one text', async () => {
    hostile.objects.put(`${DAY}/part-00000.jsonl.gz`, Buffer.concat([gz(text.slice(0, 1234)), gz(text.slice(1234))]));
    const { store } = hostile.storeOf();
    expect(valuesOf(await groupsOf(store, await onlyPart(store)))).toEqual(all);
  });

  test('that decompresses to more than allowed is ended on the way', async () => {
    const bomb = gz('0'.repeat(64 * 1024 * 1024));
    hostile.objects.put(`${DAY}/part-00000.jsonl.gz`, bomb);
    const { store } = hostile.storeOf({ maxDecodedBytes: 8 * 1024 * 1024 });
    const before = process.memoryUsage.rss();
    expect(await hostile.failure(groupsOf(store, await onlyPart(store)))).toMatchObject({
      errorClass: 'decoded_too_large',
      retryability: 'terminal',
    });
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
  });

  test('that is larger than allowed is not asked for', async () => {
    hostile.objects.put(`${DAY}/part-00000.jsonl`, text);
    const { store } = hostile.storeOf({ maxPartBytes: 1000 });
    expect(await hostile.failure(groupsOf(store, await onlyPart(store)))).toMatchObject({
      errorClass: 'part_too_large',
    });
    expect(hostile.server.requests.filter(({ operation }) => operation === 'get')).toEqual([]);
  });

  test('whose lines hold personal data names only their numbers', async () => {
    hostile.objects.put(`${DAY}/part-00000.jsonl`, `{"a":1}\n{"owner":"${CANARY}"\n["${CANARY}"]\n`);
    const { store } = hostile.storeOf();
    const groups = await groupsOf(store, await onlyPart(store));
    expect(groups.flatMap(({ malformed }) => malformed)).toEqual([
      { line: 2, reason: 'invalid_json' },
      { line: 3, reason: 'not_an_object' },
    ]);
    expect(JSON.stringify(groups)).not.toContain(CANARY);
  });

  test('is read no faster than its lines are taken, and let go when nobody wants more', async () => {
    const piece = Buffer.from(resultLines(0, 1000));
    let sent = 0;
    const size = piece.length * 1000;
    const provider: ObjectProvider = {
      *list() {
        yield { key: `${DAY}/_SUCCESS`, size: 0, etag: 'e', lastModified: new Date(0) };
        yield { key: `${DAY}/part-00000.jsonl`, size, etag: 'e', lastModified: new Date(0) };
      },
      open: (key) => ({
        key,
        size,
        etag: 'e',
        lastModified: new Date(0),
        *read() {
          for (; sent < size; sent += piece.length) yield piece;
        },
      }),
    };
    const large = await startObjectServer({ buckets: { results: provider } });
    try {
      const { store, told } = hostile.storeOf({}, large.endpoint);
      const part = await onlyPart(store);
      for await (const group of store.readPart(part)) {
        expect(group.lines.length).toBeGreaterThan(1000);
        await new Promise((resolve) => setTimeout(resolve, 300));
        break;
      }
      expect(sent).toBeLessThan(20 * 1024 * 1024);
      expect(told.requests).toBe(2);
      expect(told.failures).toEqual([]);
      // The connection is free again.
      expect(await foldersOf(store)).toHaveLength(1);
    } finally {
      await large.close();
    }
  });

  test('of two gigabytes is read in flat memory', async () => {
    // 4096 lines again and again, up to the contract's maximum.
    const piece = Buffer.from(resultLines(0, 4096));
    const times = Math.floor((2 * 1024 ** 3) / piece.length);
    const size = times * piece.length;
    const provider: ObjectProvider = {
      *list() {
        yield { key: `${DAY}/_SUCCESS`, size: 0, etag: 'e', lastModified: new Date(0) };
        yield { key: `${DAY}/part-00000.jsonl`, size, etag: 'e', lastModified: new Date(0) };
      },
      open: (key) => ({
        key,
        size,
        etag: 'e',
        lastModified: new Date(0),
        *read() {
          for (let n = 0; n < times; n++) yield piece;
        },
      }),
    };
    const large = await startObjectServer({ buckets: { results: provider } });
    try {
      const { store } = hostile.storeOf({}, large.endpoint);
      const part = await onlyPart(store);
      // The last lines only: skipping is as flat as reading, and this test is about memory.
      const wanted = 200_000;
      let lines = 0;
      let peak = 0;
      const before = process.memoryUsage.rss();
      for await (const group of store.readPart(part, { afterLine: times * 4096 - wanted })) {
        lines += group.lines.length;
        peak = Math.max(peak, process.memoryUsage.rss());
      }
      expect(lines).toBe(wanted);
      expect(peak - before).toBeLessThan(200 * 1024 * 1024);
    } finally {
      await large.close();
    }
  });
});

function flip(content: Buffer, at: number): Buffer {
  const damaged = Buffer.from(content);
  damaged.writeUInt8(damaged.readUInt8(at) ^ 0xff, at);
  return damaged;
}
