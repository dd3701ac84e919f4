import { inspect } from 'node:util';
import { MemoryObjects, startObjectServer, type ObjectServer } from '@ovis/object-server';
import { S3ObjectStore, type ObjectStoreEvents, type S3ObjectStoreOptions } from '../src/index.ts';

/** The folder that every bucket of these tests has. */
export const DAY = 'voltage-knee/2026-11-22';

/** Stands for personal data: found in no error. */
export const CANARY = 'pii-canary';

/** What a store did. */
export interface Told {
  readonly failures: string[];
  readonly retries: string[];
  requests: number;
  bytes: number;
}

/** A server that can be told to misbehave, a bucket with a complete folder, and stores that read it. */
export class HostileBucket implements AsyncDisposable {
  readonly server: ObjectServer;
  readonly objects: MemoryObjects;
  readonly #stores: S3ObjectStore[] = [];

  private constructor(server: ObjectServer, objects: MemoryObjects) {
    this.server = server;
    this.objects = objects;
  }

  static async start(): Promise<HostileBucket> {
    const objects = new MemoryObjects({ [`${DAY}/_SUCCESS`]: '' });
    return new HostileBucket(await startObjectServer({ buckets: { results: objects } }), objects);
  }

  /** @param endpoint of another server, with the same keys. */
  storeOf(
    options: Partial<S3ObjectStoreOptions> = {},
    endpoint = this.server.endpoint,
  ): { store: S3ObjectStore; told: Told } {
    const told: Told = { failures: [], retries: [], requests: 0, bytes: 0 };
    const events: ObjectStoreEvents = {
      onRequest: () => told.requests++,
      onResponse: ({ bytes }) => (told.bytes += bytes),
      onFailure: ({ errorClass }) => told.failures.push(errorClass),
      onRetry: ({ errorClass }) => told.retries.push(errorClass),
    };
    const { accessKey, secretKey, region } = this.server;
    const settings = { endpoint, accessKey, secretKey, region, bucket: 'results' };
    const store = new S3ObjectStore({ settings, retryBaseDelayMs: 1, retryMaxDelayMs: 5, events, ...options });
    this.#stores.push(store);
    return { store, told };
  }

  /** What a promise is rejected with, after a look that it keeps secrets to itself. */
  async failure(promise: Promise<unknown>): Promise<unknown> {
    const error: unknown = await promise.then(
      () => new TypeError('nothing failed'),
      (reason: unknown) => reason,
    );
    const shown = inspect(error, { depth: 10, showHidden: true });
    const secrets = [this.server.secretKey, CANARY, 'Signature=', 'AWS4'];
    const found = secrets.find((secret) => shown.includes(secret));
    if (found !== undefined) throw new TypeError(`the error tells "${found}"`);
    return error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores.splice(0)) await store.close();
    await this.server.close();
  }
}
