import { readFileSync } from 'node:fs';

const CHECK_EVERY_MS = 500;

/**
 * The parent of a process, from Linux' procfs (proc_pid_stat(5)); null on other systems, or if there is no such process.
 */
function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}

/**
 * Calls `onDeath` once when the process that started this one is gone: then nobody is left to stop us. npm puts a shell between
 * itself and its scripts, which outlives npm, so the parent's parent counts too.
 */
export function watchParent(onDeath: () => void): () => void {
  const parent = process.ppid;
  const grandparent = parentOf(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && parentOf(parent) === grandparent) return;
    clearInterval(timer);
    onDeath();
  }, CHECK_EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
