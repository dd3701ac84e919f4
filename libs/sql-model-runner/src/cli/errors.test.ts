import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from './program.ts';

const SHOP = join(import.meta.dirname, '../../fixtures/shop');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ovis-cli-'));
  await cp(SHOP, folder, { recursive: true });
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await runCli(args, {
    env: { HOME: folder, DATABASE_URL: 'postgres://me:s3cret@127.0.0.1:1/shop', ...env },
    cwd: folder,
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { code, out, err };
}

const write = (path: string, text: string): Promise<void> => writeFile(join(folder, path), text);

describe('what keeps ovis-models from running', () => {
  test.each<[string, readonly string[], Readonly<Record<string, string>>, string]>([
    [
      'an unreachable database',
      ['build'],
      { DATABASE_URL: 'postgres://me:s3cret@127.0.0.1:1/shop' },
      'cannot connect to PostgreSQL at 127.0.0.1:1',
    ],
    [
      'a wrong DATABASE_URL',
      ['build'],
      { DATABASE_URL: 'me:s3cret@nowhere' },
      'DATABASE_URL does not start with postgres://',
    ],
    [
      'no connection at all',
      ['build', '--profiles-dir', 'models'],
      { DATABASE_URL: '' },
      'there is no profiles.yml in models',
    ],
    ['no project', ['build', '--project-dir', 'models'], {}, 'no dbt_project.yml in'],
    ['an unknown verb', ['biuld'], {}, "unknown command 'biuld'"],
    ['an unknown option', ['build', '--selct', 'x'], {}, "unknown option '--selct'"],
    ['a bad number', ['build', '--threads', 'many'], {}, 'expected a whole number from 1'],
    ['bad variables', ['build', '--vars', '[1]'], {}, '--vars is no mapping'],
    ['a bad selector', ['build', '-s', 'tga:x'], {}, '"tga" is no method of selection'],
  ])('%s: one message, exit 2, no password', async (_, args, env, message) => {
    const { code, out, err } = await run(args, env);
    expect(err).toContain(message);
    expect(code).toBe(2);
    expect(out + err).not.toContain('s3cret');
    expect(out + err).not.toMatch(/\n\s+at /u);
  });

  test.each([
    [
      'models/marts/customers.sql',
      "select * from {{ ref('stg_ordres') }}",
      'models/marts/customers.sql:1: ref(\'stg_ordres\') names no model, seed or snapshot of this project; did you mean "stg_orders"?',
    ],
    ['models/marts/customers.sql', 'select 1\n{{ nothing( }}', 'models/marts/customers.sql:2:'],
    ['models/marts/marts.yml', 'models:\n  - name: customers\n   bad: 1\n', 'models/marts/marts.yml:3:'],
    ['dbt_project.yml', 'nmae: shop\n', 'dbt_project.yml:1:1: "name" is missing'],
  ])('a project that is wrong in %s: %s', async (path, text, message) => {
    await write(path, text);
    const { code, err } = await run(['build']);
    expect(err).toContain(message);
    expect(code).toBe(2);
    expect(err).not.toMatch(/\n\s+at .*\.ts:/u);
  });
});
