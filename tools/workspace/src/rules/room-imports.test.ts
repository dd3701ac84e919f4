import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { refusal } from './room-imports.ts';

const WORKSPACE = resolve(import.meta.dirname, '../../../..');

describe(refusal, () => {
  test.each([
    [
      'libs/ovis-client/src/a.ts',
      '@ovis/warehouse',
      ['createPool'],
      'libs/ovis-client may not import "@ovis/warehouse"',
    ],
    ['libs/foundation/src/a.ts', '@ovis/pipeline', ['x'], 'it may import: nothing of ours'],
    ['libs/raw-loader/src/a.ts', '@ovis/pii-allowlist', ['compileAllowlist'], 'may take only Allowed, openAllowed'],
    ['libs/pipeline/src/a.ts', '../../warehouse/src/pool.ts', ['x'], 'leaves libs/pipeline'],
    ['libs/raw-loader/src/a.ts', '@ovis/pii-allowlist', ['*'], 'may take only Allowed, openAllowed'],
    ['libs/sql-model-runner/src/jinja/lexer.ts', 'node:fs', ['readFileSync'], 'is pure code'],
    ['libs/sql-model-runner/src/jinja/lexer.ts', 'fs/promises', ['readFile'], 'is pure code'],
    ['libs/ovis-client/src/testing/a.ts', '@ovis/fleet-simulator', ['x'], 'may not import "@ovis/fleet-simulator"'],
    ['libs/newcomer/src/a.ts', '@ovis/warehouse', ['x'], 'is in no known room'],
    [
      'apps/scheduler/src/main.ts',
      '@ovis/dev-stack',
      ['startPostgres'],
      'apps/scheduler may not import "@ovis/dev-stack"',
    ],
  ])('%s may not import %s', (path, specifier, names, message) => {
    expect(refusal(path, specifier, names)).toContain(message);
  });

  test.each([
    ['libs/raw-loader/src/a.ts', '@ovis/pii-allowlist', ['Allowed']],
    ['libs/raw-loader/src/a.test.ts', '@ovis/pii-allowlist', ['compileAllowlist']],
    ['libs/ovis-client/src/a.test.ts', '@ovis/fleet-simulator', ['startSimulator']],
    ['libs/orchestrator/src/a.ts', '@ovis/warehouse', ['createPool']],
    ['libs/pipeline/src/a.ts', 'pg', ['Pool']],
    ['docs/example.ts', '@ovis/pipeline', ['x']],
  ])('%s may import %s', (path, specifier, names) => {
    expect(refusal(path, specifier, names)).toBeUndefined();
  });
});

test('a planted forbidden import fails the linter with the configuration of this repository', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ovis-lint-'));
  try {
    mkdirSync(join(folder, 'libs/ovis-client/src'), { recursive: true });
    writeFileSync(join(folder, 'libs/ovis-client/src/planted.ts'), `export { createPool } from '@ovis/warehouse';\n`);
    const arguments_ = ['--config', join(WORKSPACE, 'oxlint.config.ts'), 'libs'];
    const run = spawnSync(process.execPath, [join(WORKSPACE, 'node_modules/oxlint/bin/oxlint'), ...arguments_], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(run.stdout).toContain('libs/ovis-client may not import "@ovis/warehouse"');
    expect(run.status).toBe(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
