import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { TracedFiles, unchangedTrace } from '../files/traced-files.ts';
import { runCli } from './program.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const PROJECT = `name: shop\nversion: '1'\nprofile: shop\nvars: {rate: 1}\nmodels: {shop: {+tags: ["{{ env_var('TAG', 'none') }}"]}}\n`;
const PROFILES = `shop:
  target: dev
  outputs:
    dev: {type: postgres, host: localhost, port: 1, user: me, password: "{{ env_var('DBT_ENV_SECRET_PASSWORD', 'x') }}", dbname: d, schema: "{{ env_var('PLACE', 'public') }}", threads: 1}
    prod: {type: postgres, host: localhost, port: 1, user: me, password: x, dbname: d, schema: prod, threads: 1}
`;

function write(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function newProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parse-cache-'));
  folders.push(folder);
  write(folder, 'dbt_project.yml', PROJECT);
  write(folder, 'profiles.yml', PROFILES);
  write(folder, 'models/a.sql', 'select 1 as id');
  write(folder, 'models/b.sql', `select * from {{ ref('a') }} {{ amount('id') }}`);
  write(folder, 'macros/m.sql', '{% macro amount(column) %}{{ column }}{% endmacro %}');
  return folder;
}

interface Outcome {
  readonly code: number;
  readonly said: string;
  readonly manifest: unknown;
}

async function parse(
  folder: string,
  target: string,
  env: Readonly<Record<string, string>>,
  more: readonly string[],
): Promise<Outcome> {
  rmSync(join(folder, target, 'manifest.json'), { force: true });
  const lines: string[] = [];
  const say = (text: string): void => void lines.push(text);
  const args = ['parse', '--project-dir', folder, '--target-path', join(folder, target), ...more];
  const code = await runCli(args, { env: { HOME: folder, ...env }, cwd: folder, out: say, err: say });
  return { code, said: lines.join(''), manifest: code === 0 ? manifestOf(folder, target) : null };
}

function manifestOf(folder: string, target: string): unknown {
  const { metadata: _, ...rest } = JSON.parse(readFileSync(join(folder, target, 'manifest.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  return rest;
}

const cached = (folder: string, env = {}, more: readonly string[] = []): Promise<Outcome> =>
  parse(folder, 'target', env, more);
const anew = (folder: string, env = {}, more: readonly string[] = []): Promise<Outcome> =>
  parse(folder, 'other', env, ['--no-partial-parse', ...more]);

const headOf = (folder: string): string => join(folder, 'target/ovis_parse.head');
const manifestFile = (folder: string): string => join(folder, 'target/ovis_parse.manifest');

type Change = (folder: string, settings: { env: Record<string, string>; more: readonly string[] }) => void;

/** What may happen to a project between two commands. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('models/a.sql', 'models/c.sql', 'models/sub/d.sql', 'tests/t.sql', 'analyses/x.sql'),
      fc.constantFrom(
        'select 1 as id',
        'select 2 as id',
        "select * from {{ ref('a') }}",
        "select '{{ var('rate') }}' as id",
        "{{ config(tags=[env_var('TAG', 'x')]) }} select 1",
        "{{ config(enabled=var('rate') == 1) }} select 3 as id",
        '{{ config(meta={"when": run_started_at.year}) }} select 1',
        '{{ nothing',
      ),
    )
    .map(
      ([path, text]): Change =>
        (folder) =>
          write(folder, path, text),
    ),
  fc
    .constantFrom('models/a.sql', 'models/c.sql', 'models/s.yml', 'seeds/codes.csv', 'macros/n.sql', 'macros/m.sql')
    .map(
      (path): Change =>
        (folder) =>
          rmSync(join(folder, path), { force: true }),
    ),
  fc.constantFrom('a', 'b', 'c').map((name): Change => (folder) => {
    if (readdirSync(join(folder, 'models')).includes(`${name}.sql`))
      renameSync(join(folder, `models/${name}.sql`), join(folder, `models/${name}_new.sql`));
  }),
  fc
    .constantFrom(
      'models: [{name: a, description: first}]',
      'models: [{name: a, columns: [{name: id, data_tests: [not_null]}]}]',
      "models: [{name: a, description: \"{{ env_var('TAG', 'none') }}\"}]",
      'sources: [{name: raw, tables: [{name: t}]}]',
    )
    .map(
      (text): Change =>
        (folder) =>
          write(folder, 'models/s.yml', text),
    ),
  fc
    .constantFrom(
      '{% macro amount(column) %}{{ column }} + 1{% endmacro %}',
      "{% macro amount(column) %}{{ config(alias='x' ~ var('rate')) }}{% endmacro %}",
      '{% macro generate_schema_name(name, node) %}s_{{ node.name }}{% endmacro %}{% macro amount(c) %}{% endmacro %}',
    )
    .map(
      (text): Change =>
        (folder) =>
          write(folder, 'macros/m.sql', text),
    ),
  fc.constantFrom('a,b\n1,2\n', 'a,b\n3,4\n').map(
    (text): Change =>
      (folder) =>
        write(folder, 'seeds/codes.csv', text),
  ),
  fc.constantFrom(PROJECT, PROJECT.replace('rate: 1', 'rate: 2')).map(
    (text): Change =>
      (folder) =>
        write(folder, 'dbt_project.yml', text),
  ),
  fc.tuple(fc.constantFrom('TAG', 'PLACE', 'UNUSED'), fc.constantFrom('one', 'two')).map(
    ([name, value]): Change =>
      (_, { env }) =>
        void (env[name] = value),
  ),
  fc.constantFrom([], ['--vars', '{rate: 3}'], ['--target', 'prod'], ['--full-refresh']).map(
    (more): Change =>
      (_, settings) =>
        void (settings.more = more),
  ),
);

describe('parse with what a former parse kept', () => {
  test('gives what parsing anew gives, whatever was changed between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const folder = newProject();
        const settings = { env: {} as Record<string, string>, more: [] as readonly string[] };
        await cached(folder);
        for (const apply of changes) {
          apply(folder, settings);
          const expected = await anew(folder, settings.env, settings.more);
          expect(await cached(folder, settings.env, settings.more)).toEqual(expected);
          expect(await cached(folder, settings.env, settings.more)).toEqual(expected);
        }
      }),
      { seed: 5, numRuns: 8 },
    );
  }, 120_000);

  test('reads nothing anew while nothing changes, and says the same', async () => {
    const folder = newProject();
    write(folder, 'models/s.yml', 'models: [{name: gone}]');
    const first = await cached(folder);
    const { ino } = statSync(manifestFile(folder));
    expect(first.said).toContain('which does not exist');
    expect(await cached(folder)).toEqual(first);
    expect(statSync(manifestFile(folder)).ino).toBe(ino);
    write(folder, 'models/a.sql', 'select 2 as id');
    expect(await cached(folder)).not.toEqual(first);
    expect(statSync(manifestFile(folder)).ino).not.toBe(ino);
  });

  test('passes over a file that is damaged, cut or of another make', async () => {
    const folder = newProject();
    const expected = await cached(folder);
    const head = readFileSync(headOf(folder));
    const damages = [head.subarray(0, 20), Buffer.alloc(0), Buffer.from('{}'), Buffer.from(head).fill(0, 60, 90)];
    for (const bytes of damages) {
      writeFileSync(headOf(folder), bytes);
      expect(await cached(folder)).toEqual(expected);
    }
    for (const text of ['', '{"nodes":{}}']) {
      writeFileSync(manifestFile(folder), text);
      expect(await cached(folder)).toEqual(expected);
    }
    rmSync(headOf(folder));
    mkdirSync(headOf(folder));
    expect(await cached(folder)).toEqual(expected);
  });

  test('keeps no value of the environment and nothing half-written', async () => {
    const folder = newProject();
    write(folder, 'models/c.sql', "select '{{ env_var('PLACE') }}' as place");
    await cached(folder, { DBT_ENV_SECRET_PASSWORD: 'hunter2-hunter2', PLACE: 'nowhere-at-all' });
    expect(readFileSync(headOf(folder)).includes('hunter2')).toBe(false);
    expect(readFileSync(headOf(folder)).includes('nowhere-at-all')).toBe(false);
    expect(readFileSync(manifestFile(folder)).includes('hunter2')).toBe(false);
    expect(readdirSync(join(folder, 'target')).toSorted()).toEqual([
      'manifest.json',
      'ovis_parse.head',
      'ovis_parse.manifest',
    ]);
  });

  test('keeps nothing of a project that looks at the clock', async () => {
    const folder = newProject();
    await cached(folder);
    write(folder, 'models/c.sql', '{{ config(meta={"now": modules.datetime.datetime.now().isoformat()}) }} select 1');
    await cached(folder);
    expect(readdirSync(join(folder, 'target'))).toEqual(['manifest.json']);
  });
});

describe(unchangedTrace, () => {
  test('sees a change that leaves size and time of change as they were', async () => {
    const folder = newProject();
    const file = join(folder, 'models/a.sql');
    const past = new Date('2024-01-01T00:00:00Z');
    utimesSync(file, past, past);
    await wait(2_100);
    const disk = new TracedFiles();
    disk.read(file);
    const trace = disk.trace();
    expect(trace.files[0]?.stamp).not.toBeNull();
    expect(unchangedTrace(trace)).toEqual(trace);
    writeFileSync(file, 'select 2 as id');
    utimesSync(file, past, past);
    expect(unchangedTrace(trace)).toBeNull();
    writeFileSync(file, 'select 1 as id');
    utimesSync(file, past, past);
    expect(unchangedTrace(trace)?.files[0]?.stamp).toBeNull();
  });
});
