import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type TestApi } from '../testing/start-http-api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startApi();
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

describe('the description of the API', () => {
  test('is the one in docs/openapi.json; vitest -u writes it anew', async () => {
    const { json } = await api.request('GET', '/openapi.json');
    const committed = join(import.meta.dirname, '../../../../docs/openapi.json');
    const style = await resolveConfig(committed);
    const formatted = await format(JSON.stringify(json), { ...style, parser: 'json' });
    await expect(formatted).toMatchFileSnapshot(committed);
  });
});
