/** A signal that aborts at SIGINT or SIGTERM; a second one ends the process at once, as by default. */
export function onSignals(): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM'] as const;
  const abort = (): void => {
    dispose();
    controller.abort();
  };
  const dispose = (): void => {
    for (const name of names) process.off(name, abort);
  };
  for (const name of names) process.on(name, abort);
  return { signal: controller.signal, dispose };
}
