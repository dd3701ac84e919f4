/** Flags of dbt's that change nothing here: logs, colours, parsing caches, telemetry. */
const IGNORED: ReadonlySet<string> = new Set([
  '--debug',
  '-d',
  '--no-debug',
  '--use-colors',
  '--no-use-colors',
  '--use-colors-file',
  '--no-use-colors-file',
  '--partial-parse',
  '--static-parser',
  '--no-static-parser',
  '--use-experimental-parser',
  '--version-check',
  '--no-version-check',
  '--populate-cache',
  '--no-populate-cache',
  '--cache-selected-only',
  '--no-cache-selected-only',
  '--send-anonymous-usage-stats',
  '--no-send-anonymous-usage-stats',
  '--print',
  '--no-print',
  '--log-cache-events',
  '--no-log-cache-events',
  '--single-threaded',
  '--no-single-threaded',
  '--write-json',
  '--no-fail-fast',
  '--no-warn-error',
  '--no-favor-state',
  '--no-full-refresh',
  '--no-store-failures',
  '--no-empty',
  '--no-quiet',
  '--introspect',
  '--show',
]);

/** Likewise with a value behind. */
const IGNORED_WITH_VALUE: ReadonlySet<string> = new Set([
  '--log-level',
  '--log-level-file',
  '--log-format-file',
  '--log-path',
  '--log-file-max-bytes',
  '--printer-width',
  '--partial-parse-file-path',
  '--warn-error-options',
]);

/** The arguments without those that change nothing. */
export function withoutIgnored(args: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    const [name = ''] = arg.split('=');
    if (IGNORED.has(arg)) continue;
    if (!IGNORED_WITH_VALUE.has(name)) kept.push(arg);
    else if (!arg.includes('=')) at += 1;
  }
  return kept;
}

/** Options of dbt's that may stand in front of the verb and have a value. */
const LEADING_WITH_VALUE: ReadonlySet<string> = new Set([
  '--target',
  '-t',
  '--profile',
  '--profiles-dir',
  '--project-dir',
  '--vars',
  '--threads',
  '--target-path',
]);

/** The arguments with options in front of the verb, as dbt takes them too (`--warn-error test`), moved behind it. */
export function verbFirst(args: readonly string[]): readonly string[] {
  let at = 0;
  while (at < args.length && (args[at] ?? '').startsWith('-')) at += LEADING_WITH_VALUE.has(args[at] ?? '') ? 2 : 1;
  return at === 0 || at >= args.length ? args : [...args.slice(at), ...args.slice(0, at)];
}
