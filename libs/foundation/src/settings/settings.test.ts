import { describe, expect, test } from 'vitest';
import { parseDatabaseUrl } from './database-url.ts';
import { parseInteger, readSetting } from './environment.ts';
import { parseShards } from './shards.ts';

const noFile = (path: string): string => {
  throw new Error(`no such file: ${path}`);
};

describe(parseShards, () => {
  test('gives each shard its own credentials, else the common ones', () => {
    const env = {
      OVIS_SHARDS: 'https://one.example/ , http://127.0.0.1:8002',
      OVIS_USERNAME: 'ovis',
      OVIS_PASSWORD: 'secret',
      OVIS_SHARD_2_PASSWORD: 'other',
    };
    expect(parseShards(env, noFile)).toEqual([
      {
        baseUrl: 'https://one.example',
        username: 'ovis',
        password: 'secret',
        usernameVariable: 'OVIS_USERNAME',
        passwordVariable: 'OVIS_PASSWORD',
      },
      {
        baseUrl: 'http://127.0.0.1:8002',
        username: 'ovis',
        password: 'other',
        usernameVariable: 'OVIS_USERNAME',
        passwordVariable: 'OVIS_SHARD_2_PASSWORD',
      },
    ]);
  });
  test('is empty when no shard is set', () => {
    expect(parseShards({}, noFile)).toEqual([]);
  });
  test.each([
    [{ OVIS_SHARDS: 'http://a.example' }, 'OVIS_SHARD_1_USERNAME is not set, nor is OVIS_USERNAME'],
    [
      { OVIS_SHARDS: 'a.example', OVIS_USERNAME: 'u', OVIS_PASSWORD: 'p' },
      'OVIS_SHARDS is wrong: its 1. entry is no http or https URL',
    ],
    [{ OVIS_SHARDS: 'http://u:hidden@a', OVIS_USERNAME: 'u', OVIS_PASSWORD: 'p' }, 'its 1. entry holds credentials'],
    [{ OVIS_SHARDS: 'http://a,http://a/', OVIS_USERNAME: 'u', OVIS_PASSWORD: 'p' }, 'OVIS_SHARDS names a twice'],
  ])('refuses %j', (env, message) => {
    expect(() => parseShards(env, noFile)).toThrow(message);
    expect(() => parseShards(env, noFile)).not.toThrow('hidden');
  });
});

describe(parseDatabaseUrl, () => {
  test('never shows the value', () => {
    expect(() => parseDatabaseUrl({ DATABASE_URL: 'mysql://u:hidden@h/d' }, noFile)).toThrow(
      /^DATABASE_URL is not a PostgreSQL URL; it must look like/,
    );
    expect(() => parseDatabaseUrl({}, noFile)).toThrow('DATABASE_URL is not set');
    expect(() => parseDatabaseUrl({ DATABASE_URL: 'postgres://u:hidden@h' }, noFile)).toThrow('names no database');
    expect(() => parseDatabaseUrl({ DATABASE_URL: 'postgres:///d' }, noFile)).toThrow('names no host');
  });
  test('gives the value as it was set', () => {
    for (const url of ['postgres://u:p@h:5433/d?sslmode=require', 'postgresql:///d?host=/run/postgresql']) {
      expect(parseDatabaseUrl({ DATABASE_URL: url }, noFile)).toBe(url);
    }
  });
});

describe(readSetting, () => {
  test('takes a mounted file without the line break at its end', () => {
    expect(readSetting({ S_FILE: '/run/s' }, 'S', () => 'value\n')).toBe('value');
  });
  test('refuses the value and the file together, and a file that is not there', () => {
    expect(() => readSetting({ S: 'a', S_FILE: 'b' }, 'S', noFile)).toThrow('S and S_FILE are both set');
    expect(() => readSetting({ S_FILE: '/run/s' }, 'S', noFile)).toThrow('S_FILE names /run/s, which cannot be read');
  });
});

describe(parseInteger, () => {
  test('takes the default, or a number of the range', () => {
    expect(parseInteger({}, 'N', { min: 1, max: 9, default: 3 })).toBe(3);
    expect(parseInteger({ N: '9' }, 'N', { min: 1, max: 9, default: 3 })).toBe(9);
    expect(() => parseInteger({ N: '1e1' }, 'N', { min: 1, max: 9, default: 3 })).toThrow(
      'N is "1e1"; it must be a whole number from 1 to 9',
    );
  });
});
