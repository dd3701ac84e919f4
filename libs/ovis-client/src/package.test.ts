import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startSimulator } from '@ovis/fleet-simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const projectRoot = join(import.meta.dirname, '..');
const manifest = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};

/** The README's example: what it shows is what is run here. */
const program = /```js\n(.*?)```/s.exec(await readFile(join(projectRoot, 'README.md'), 'utf8'))?.[1] ?? '';

describe('the packed library', () => {
  let folder: string;
  let consumer: string;
  const tarball = (): string => join(folder, `ovis-client-${manifest.version}.tgz`);

  /** The environment without what npm and vitest set for their own children. */
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:npm_|NODE_OPTIONS$|NODE_ENV$|VITEST)/i.test(name)),
  );
  const npm = (args: readonly string[], cwd: string): Promise<{ stdout: string }> =>
    run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error', '--cache', join(folder, 'npm-cache')], {
      cwd,
      env: environment,
    });

  /** Packs an installed dependency, so that the test needs no registry. */
  const packDependency = async (name: string): Promise<string> => {
    const entry = createRequire(import.meta.url).resolve(name);
    const root = entry.slice(0, entry.lastIndexOf(join('node_modules', name)) + join('node_modules', name).length);
    await npm(['pack', root, '--ignore-scripts', '--pack-destination', folder], folder);
    return join(folder, `${name}-${manifest.dependencies[name]}.tgz`);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ovis-client-package-'));
    consumer = join(folder, 'consumer');
    await mkdir(consumer);
    await npm(['pack', '--pack-destination', folder], projectRoot);
    const dependencies = await Promise.all(Object.keys(manifest.dependencies).map(packDependency));
    await writeFile(join(consumer, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }');
    await npm(['install', '--offline', '--ignore-scripts', tarball(), ...dependencies], consumer);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('is shown by ten lines', () => {
    expect(program.trim().split('\n')).toHaveLength(10);
  });

  test('depends on undici, zod and cockatiel only', () => {
    expect(Object.keys(manifest.dependencies).toSorted()).toEqual(['cockatiel', 'undici', 'zod']);
  });

  test('reads a fleet from a ten-line program in an empty folder, with plain node', async () => {
    await using fleet = await startSimulator({ devices: 100, customers: 12, shards: 2, now: '2026-11-22T12:00:00Z' });
    await writeFile(join(consumer, 'program.js'), program);
    const urls = fleet.shards.map(({ baseUrl }) => baseUrl);
    const { stdout, stderr } = await run(process.execPath, ['program.js', ...urls], {
      cwd: consumer,
      env: environment,
    });
    const customers = fleet.truth.customers(new Date('2026-11-22T12:00:00Z'));
    const expected = fleet.shards.map(
      ({ name }) => `${name} ${customers.filter(({ shard }) => shard === name).length}`,
    );
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toEqual(expected);
  });

  test('brings the stub for the tests of others', async () => {
    await writeFile(
      join(consumer, 'stub.js'),
      `import { StubbedOvisClient } from 'ovis-client/testing';
       const client = new StubbedOvisClient({ shards: { a: { customers: [{ customerId: 'c-1' }] } } });
       for await (const page of client.listCustomers('a')) console.log(JSON.stringify(page.items));`,
    );
    const { stdout } = await run(process.execPath, ['stub.js'], { cwd: consumer, env: environment });
    expect(stdout.trim()).toBe('[{"customerId":"c-1"}]');
  });

  test('brings types that a strict program compiles with, and nothing of its tests', async () => {
    await writeFile(
      join(consumer, 'program.ts'),
      `import { type OvisClient, type Page, ShardedOvisClient, WrongCredentialsError } from 'ovis-client';
       import { StubbedOvisClient } from 'ovis-client/testing';
       const clients: OvisClient[] = [new StubbedOvisClient({ shards: {} }), new ShardedOvisClient({ shards: [] })];
       export async function first(client: OvisClient): Promise<Page | undefined> {
         for await (const page of client.listCustomers('a')) return page;
         return undefined;
       }
       export const variables = (error: unknown): readonly string[] =>
         error instanceof WrongCredentialsError ? error.variables : [];
       // @ts-expect-error -- items are unknown: they must be checked first
       export const bad = async (): Promise<string | undefined> => (await first(clients[0]!))?.items[0].deviceId;`,
    );
    await writeFile(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          target: 'es2024',
          lib: ['es2024', 'esnext.disposable', 'dom'],
          module: 'nodenext',
          // The declarations need AbortSignal only, which @types/node or dom gives.
          types: [],
          exactOptionalPropertyTypes: true,
        },
        files: ['program.ts'],
      }),
    );
    const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
    const compiling = run(process.execPath, [compiler, '-p', consumer], { cwd: consumer, env: environment });
    expect(await compiling.catch((error: { stdout: string }) => error)).toMatchObject({ stdout: '' });
    const { stdout: listed } = await npm(['pack', tarball(), '--dry-run', '--json'], folder);
    expect(listed).not.toMatch(/\.test\.|scripted-server|test-listing/);
  });
});
