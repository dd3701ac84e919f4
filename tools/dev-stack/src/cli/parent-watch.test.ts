import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const PARENT_WATCH = resolve(import.meta.dirname, 'parent-watch.ts');

test('a process notices that its parent, or the parent of the shell between, was killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ovis-watch-'));
  try {
    const script = join(folder, 'child.ts');
    writeFileSync(
      script,
      `import { watchParent } from ${JSON.stringify(PARENT_WATCH)};
       const alive = setInterval(() => undefined, 1000);
       watchParent(() => { process.stdout.write('orphaned\\n'); clearInterval(alive); });
       process.stdout.write('watching\\n');`,
    );
    // As npm does: a program, a shell, and the script below it.
    const grandparent = spawn(
      process.execPath,
      [
        '-e',
        `require('child_process').spawn('sh', ['-c', '"$0" "$1"; true', process.execPath, ${JSON.stringify(script)}], { stdio: 'inherit' })`,
      ],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let output = '';
    grandparent.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await expect.poll(() => output, { timeout: 10_000 }).toContain('watching');
    grandparent.kill('SIGKILL');
    await once(grandparent, 'exit');
    await expect.poll(() => output, { timeout: 10_000 }).toContain('orphaned');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
