import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache', import.meta.url));
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** A tool from PyPI that is compared with, installed into an ignored folder. */
export interface PythonPeer {
  readonly name: string;
  readonly packages: readonly string[];
}

/** One of the peer's programs. */
export function programOf({ name }: PythonPeer, program: string): string {
  return join(CACHE, name, 'bin', program);
}

/** Installs the peer where it is missing. @returns why it cannot be compared with, or null. */
export async function preparePeer(peer: PythonPeer): Promise<string | null> {
  const { name, packages } = peer;
  const ready = programOf(peer, `${name}-is-ready`);
  if (existsSync(ready)) return null;
  try {
    await run('python3', ['-m', 'venv', join(CACHE, name)]);
    const pip = [programOf(peer, 'python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'] as const;
    await run(pip[0], [...pip.slice(1), ...packages], { maxBuffer: MAX_OUTPUT_BYTES });
    // Only now: a venv without its packages is none.
    await run('ln', ['-sf', 'python', ready]);
    return null;
  } catch {
    return `skipped: ${name} needs python3 and PyPI`;
  }
}
