import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = import.meta.dirname;
/** Folders that read files, talk to the database, or to a terminal. */
const EDGES = ['artifacts', 'cli', 'files', 'postgres', 'run', 'testing'];

function imports(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  return [
    ...text.matchAll(/^(?:import|export \{)\s(?!type\b)[^;`]*?from '(?<from>[^']+)'|^import '(?<bare>[^']+)'/gmu),
  ].map(({ groups }) => groups?.['from'] ?? groups?.['bare'] ?? '');
}

/** Everything that a module loads, itself and what it imports. */
function reached(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const from of imports(file)) {
    if (from.startsWith('.')) reached(resolve(dirname(file), from), seen);
    else seen.add(from);
  }
  return seen;
}

const folders = readdirSync(ROOT, { withFileTypes: true }).filter(
  (entry) => entry.isDirectory() && !EDGES.includes(entry.name),
);

describe('the pure core', () => {
  test.each(folders.map(({ name }) => name))('%s loads neither the driver nor a part of Node', (folder) => {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('.soak.ts'))
      .map((name) => join(ROOT, folder, name));
    const loaded = files.flatMap((file) => [...reached(file)]).filter((name) => !name.startsWith('/'));
    expect([...new Set(loaded)].filter((name) => name !== 'yaml')).toEqual([]);
    const texts = files.map((file) => [file, readFileSync(file, 'utf8')] as const);
    expect(texts.filter(([, text]) => /\bprocess\.|\bglobalThis\.process\b/u.test(text)).map(([file]) => file)).toEqual(
      [],
    );
  });

  test('asking for help loads nothing but the parser of the command line', () => {
    const loaded = [join(ROOT, 'cli/main.ts'), join(ROOT, 'cli/program.ts')].flatMap((file) => [...reached(file)]);
    expect(loaded.filter((name) => !name.startsWith(ROOT))).toEqual(['node:module', 'commander']);
    expect(loaded.filter((name) => name.startsWith(ROOT))).toHaveLength(3);
  });
});
