import { describe, expect, test } from 'vitest';
import { parseObjectStoreSettings } from './settings.ts';

const FILES: Readonly<Record<string, string>> = { '/run/access': 'access\n', '/run/secret': 'hidden-canary\n' };
const readFile = (path: string): string => {
  const content = FILES[path];
  if (content === undefined) throw new Error('no such file');
  return content;
};
const KEYS = { S3_ACCESS_KEY: 'access', S3_SECRET_KEY: 'hidden-canary' };

describe(parseObjectStoreSettings, () => {
  test('is null when the source is not there', () => {
    expect(parseObjectStoreSettings({ S3_BUCKET: 'x' }, readFile)).toBeNull();
  });

  test('takes keys from mounted files, and defaults for region and bucket', () => {
    const env = {
      S3_ENDPOINT: 'http://minio:9000/',
      S3_ACCESS_KEY_FILE: '/run/access',
      S3_SECRET_KEY_FILE: '/run/secret',
    };
    expect(parseObjectStoreSettings(env, readFile)).toEqual({
      endpoint: 'http://minio:9000',
      region: 'us-east-1',
      bucket: 'battery-eval-results',
      accessKey: 'access',
      secretKey: 'hidden-canary',
    });
  });

  test.each([
    [{ S3_ENDPOINT: 'minio:9000', ...KEYS }, 'S3_ENDPOINT is no http or https URL'],
    [{ S3_ENDPOINT: 'http://u:hidden-canary@minio', ...KEYS }, 'S3_ENDPOINT holds credentials'],
    [{ S3_ENDPOINT: 'http://minio/path', ...KEYS }, 'S3_ENDPOINT has a path, a query or a fragment'],
    [{ S3_ENDPOINT: 'http://minio', S3_BUCKET: 'Upper', ...KEYS }, 'S3_BUCKET is no name of a bucket'],
    [{ S3_ENDPOINT: 'http://minio', S3_BUCKET: '10.0.0.1', ...KEYS }, 'S3_BUCKET is no name of a bucket'],
    [{ S3_ENDPOINT: 'http://minio', S3_REGION: 'x y', ...KEYS }, 'S3_REGION is no name of a region'],
    [{ S3_ENDPOINT: 'http://minio', S3_ACCESS_KEY: 'a' }, 'S3_SECRET_KEY is not set, but S3_ENDPOINT is'],
    [{ S3_ENDPOINT: 'http://minio', ...KEYS, S3_SECRET_KEY: 'hidden-canary x' }, 'S3_SECRET_KEY holds blanks'],
    [
      { S3_ENDPOINT: 'http://minio', ...KEYS, S3_SECRET_KEY_FILE: '/run/secret' },
      'S3_SECRET_KEY and S3_SECRET_KEY_FILE',
    ],
  ])('refuses %j without showing a secret', (env, message) => {
    expect(() => parseObjectStoreSettings(env, readFile)).toThrow(message);
    expect(() => parseObjectStoreSettings(env, readFile)).not.toThrow('hidden-canary');
  });
});
