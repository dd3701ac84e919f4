import { describe, expect, test } from 'vitest';
import { SettingsError } from '../errors.ts';
import { parseConnectionString } from '../postgres/connection-settings.ts';
import { readProfile } from './read-profile.ts';

const FILE = `
shop:
  target: "{{ 'dev' }}"
  outputs:
    dev: {type: postgres, host: db, port: "{{ 5433 }}", user: me, password: s3cret, dbname: shop, schema: analytics, threads: 4, role: modeler, search_path: "a, b", sslmode: require}
    prod: {type: postgres, host: db, user: me, pass: s3cret, database: shop, schema: marts}
    snow: {type: snowflake, host: x}
    odd: {type: postgres, host: db, user: me, dbname: shop, schema: s, sslmode: maybe}
    bare: {type: postgres, host: db, user: me, dbname: shop}
`;

const render = (text: string): unknown =>
  text.includes('5433') ? 5433 : text.replace(/^\{\{ '(?<word>\w+)' \}\}$/u, '$<word>');
const read = (targetName: string | null = null, profileName = 'shop'): ReturnType<typeof readProfile> =>
  readProfile('profiles.yml', FILE, { profileName, targetName, threads: null }, render);

describe(readProfile, () => {
  test('reads the output that the profile names', () => {
    expect(read()).toEqual({
      target: {
        name: 'dev',
        profileName: 'shop',
        type: 'postgres',
        schema: 'analytics',
        database: 'shop',
        threads: 4,
        host: 'db',
        port: 5433,
        user: 'me',
        role: 'modeler',
      },
      settings: {
        host: 'db',
        port: 5433,
        user: 'me',
        database: 'shop',
        password: 's3cret',
        sslMode: 'require',
        connectTimeoutSeconds: 10,
        role: 'modeler',
        searchPath: 'a, b',
      },
    });
  });

  test('takes another output, with dbt’s aliases and defaults', () => {
    expect(read('prod')).toMatchObject({
      target: { name: 'prod', threads: 1, port: 5432 },
      settings: { password: 's3cret', database: 'shop' },
    });
  });

  test.each([
    [
      'prd',
      'shop',
      'profiles.yml has no target "prd" in the outputs of "shop"; did you mean "prod"?; it has: dev, prod, snow, odd, bare',
    ],
    [null, 'shp', 'profiles.yml has no profile "shp"; did you mean "shop"?; it has: shop'],
    ['snow', 'shop', 'is of type "snowflake"; only "postgres" can be run'],
    ['odd', 'shop', '"sslmode" is "maybe"; expected one of disable, allow'],
    ['bare', 'shop', 'profiles.yml: shop.outputs.bare has no "schema"'],
  ])('%s of %s is refused', (target, profile, message) => {
    expect(() => read(target, profile)).toThrow(SettingsError);
    expect(() => read(target, profile)).toThrow(message);
  });
});

describe(parseConnectionString, () => {
  test('reads what libpq reads of a URL', () => {
    expect(
      parseConnectionString(
        'postgresql://a%40b:p%2Fw@[::1]:6543/shop?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3',
      ),
    ).toEqual({
      host: '::1',
      port: 6543,
      database: 'shop',
      user: 'a@b',
      password: 'p/w',
      sslMode: 'verify-full',
      sslRootCert: '/ca.pem',
      connectTimeoutSeconds: 3,
    });
    expect(parseConnectionString('postgres://me@/shop?host=/tmp')).toMatchObject({ host: '/tmp', port: 5432 });
  });

  test.each([
    'not a url s3cret',
    'mysql://me:s3cret@h/db',
    'postgres://:s3cret@h',
    'postgres://me:s3cret@h/db?sslmode=s3cret',
    'postgres://me:12/s3cret@h/db',
    'postgres://me:12?s3cret@h/db',
    'postgres://me:12#s3cret@h/db',
    'postgres://me@h/db?port=s3cret',
    'postgres://me@h/db?connect_timeout=s3cret',
  ])('refuses %s without repeating it', (text) => {
    expect(() => parseConnectionString(text)).toThrow(/^DATABASE_URL /u);
    expect(() => parseConnectionString(text)).not.toThrow(/s3cret/u);
  });
});
