import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const COMPILER = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
const LIBRARY = fileURLToPath(new URL('./index.ts', import.meta.url));

const OPTIONS =
  '--noEmit --strict --skipLibCheck --ignoreConfig --allowImportingTsExtensions --pretty false ' +
  '--target es2024 --module nodenext --moduleDetection force';

/** A program of another team; `statement` stands on its last line. */
function program(statement: string): string {
  return [
    `import * as library from ${JSON.stringify(LIBRARY)};`,
    `import type { Allowed, AnyField } from ${JSON.stringify(LIBRARY)};`,
    `type Row = Allowed<{ readonly deviceId: string }>;`,
    `declare const row: Row; declare function load(row: Allowed<unknown>): void; declare const field: AnyField;`,
    statement,
    '',
  ].join('\n');
}

/** What the compiler says to each statement, compiled as a file of its own: the first line of each error. */
async function refusals(statements: readonly string[]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pii-allowlist-'));
  try {
    const files = statements.map((_, index) => join(folder, `case-${index}.ts`));
    await Promise.all(files.map((file, index) => writeFile(file, program(statements[index]!))));
    const output = await promisify(execFile)(process.execPath, [COMPILER, ...OPTIONS.split(' '), ...files]).then(
      ({ stdout }) => stdout,
      (error: { readonly stdout: string }) => error.stdout,
    );
    const lines = output.split('\n');
    return files.map((_, index) => lines.filter((line) => line.includes(`case-${index}.ts(5,`)).join('\n'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the compiler', () => {
  test('takes a projected row and refuses everything that only looks like one', async () => {
    const cases: readonly (readonly [statement: string, message: RegExp])[] = [
      ['load(row);', /^$/],
      ['load({ payload: "{}", column: () => null as never });', /missing .*#payload/],
      ['load({ ...row });', /missing .*#payload/],
      ['const spread = { ...row, name: "Ann" }; load(spread);', /missing .*#payload/],
      ['load(JSON.stringify({}));', /error TS2345/],
      ['new library.Allowed();', /Property 'Allowed' does not exist/],
      ['row.payload = "{}";', /Cannot assign to 'payload' because it is a read-only property/],
      [
        'const text: AnyField = { ...field, accepts: "anything" };',
        /error TS2322: .* is not assignable to type 'AnyField'/,
      ],
    ];
    const messages = await refusals(cases.map(([statement]) => statement));
    for (const [index, [, message]] of cases.entries()) expect(messages[index]).toMatch(message);
  });
});
