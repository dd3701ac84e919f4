import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY, HostileBucket } from '../test/hostile-bucket.ts';
import { allOf, foldersOf, groupsOf, onlyPart, resultLines } from '../test/results.ts';

let hostile: HostileBucket;
beforeEach(async () => {
  hostile = await HostileBucket.start();
});
afterEach(async () => {
  await hostile[Symbol.asyncDispose]();
});

describe('a store', () => {
  test('ends at once when it is told to, with the reason', async () => {
    hostile.objects.put(`${DAY}/part-00000.jsonl`, resultLines(0, 10));
    const { store } = hostile.storeOf();
    const part = await onlyPart(store);
    hostile.server.fail({ times: Infinity, with: { kind: 'hang' } });
    const reason = new Error('enough');
    const begin = performance.now();
    const ended = (): AbortSignal => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 30);
      return controller.signal;
    };
    await expect(groupsOf(store, part, { signal: ended() })).rejects.toBe(reason);
    await expect(allOf(store.listFolders({ signal: ended() }))).rejects.toBe(reason);
    await expect(store.findFolder('a', '2026-01-01', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const closing = hostile.failure(groupsOf(store, part));
    setTimeout(() => void store.close(), 30);
    expect(await closing).toMatchObject({ errorClass: 'store_closed' });
    expect(await hostile.failure(foldersOf(store))).toMatchObject({ errorClass: 'store_closed' });
    expect(performance.now() - begin).toBeLessThan(2000);
  });

  test('says that nothing answers, that a name is unknown, and that something else listens', async () => {
    const other = createServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const at = (endpoint: string): Promise<unknown> => {
      const { store } = hostile.storeOf({ maxAttempts: 2 }, endpoint);
      return hostile.failure(foldersOf(store));
    };
    try {
      expect(await at('http://127.0.0.1:1')).toMatchObject({ errorClass: 'network', code: 'ECONNREFUSED' });
      expect(await at('http://no-such-host.invalid')).toMatchObject({
        errorClass: 'network',
        retryability: 'transient',
      });
      expect(await at(`http://127.0.0.1:${portOf(other)}`)).toMatchObject({ errorClass: 'network' });
      expect(await at(`https://127.0.0.1:${hostile.server.port}`)).toMatchObject({
        errorClass: 'tls',
        retryability: 'terminal',
      });
    } finally {
      other.close();
    }
  });

  test('gives up a connection that is never made', async () => {
    const silent = createServer();
    // Takes connections and says nothing, so that TLS does not come about.
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const endpoint = `https://127.0.0.1:${portOf(silent)}`;
    const { store } = hostile.storeOf({ connectTimeoutMs: 100, maxAttempts: 2 }, endpoint);
    try {
      expect(await hostile.failure(foldersOf(store))).toMatchObject({
        errorClass: 'timeout',
        phase: 'connect',
        attempt: 2,
      });
      await store.close();
    } finally {
      silent.close();
    }
  });

  test('refuses options that cannot be used', async () => {
    expect(() => hostile.storeOf({ maxAttempts: 0 })).toThrow('option "maxAttempts" of the object store is 0');
    const { store } = hostile.storeOf();
    await expect(store.findFolder('../x', '2026-01-01')).rejects.toMatchObject({ option: 'algorithm' });
    await expect(store.findFolder('x', '2026-02-30')).rejects.toMatchObject({ option: 'folderDate' });
    hostile.objects.put(`${DAY}/part-00000.jsonl`, '');
    const part = await onlyPart(store);
    expect(() => store.readPart(part, { afterLine: -1 })).toThrow('option "afterLine"');
  });
});

function portOf(listening: Server): number {
  return (listening.address() as AddressInfo).port;
}
