import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { freePort } from './free-port.ts';

describe(freePort, () => {
  test('gives the preferred port if it is free, and another one if it is taken', async () => {
    const free = await freePort();
    expect(await freePort(free)).toBe(free);
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    expect(await freePort(port)).not.toBe(port);
    other.close();
  });
});
