import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPlan } from './plan.ts';

describe(readPlan, () => {
  test('builds twice where a project says nothing', async () => {
    const { steps } = await readPlan(await mkdtemp(join(tmpdir(), 'plan-')));
    expect(steps).toEqual([
      { kind: 'command', args: ['build'] },
      { kind: 'command', args: ['build'] },
    ]);
  });

  test('reads the setup, commands with quoted arguments, and what happens between them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plan-'));
    await writeFile(
      join(folder, 'conformance.yml'),
      `setup: create schema raw\nsteps:\n- "run --vars '{a: 1}'"\n- sql: select 1\n- copy: {from: target, to: state}\n- write: {path: a.sql, text: x}\n`,
    );
    expect((await readPlan(folder)).steps).toEqual([
      { kind: 'sql', sql: 'create schema raw' },
      { kind: 'command', args: ['run', '--vars', '{a: 1}'] },
      { kind: 'sql', sql: 'select 1' },
      { kind: 'copy', from: 'target', to: 'state' },
      { kind: 'write', path: 'a.sql', text: 'x' },
    ]);
  });
});
