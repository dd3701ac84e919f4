const CHECK_EVERY_MS = 500;

/** Calls `onDeath` once when the process that started this one is gone: then nobody is left to stop us. */
export function watchParent(onDeath: () => void): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onDeath();
  }, CHECK_EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
