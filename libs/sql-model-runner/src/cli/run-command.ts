import { relative } from 'node:path';
import { targetWriter } from '../files/write-target.ts';
import { connectPostgres } from '../postgres/warehouse.ts';
import { exitCodeOf } from '../run/result.ts';
import { runProject, type Verb } from '../run/run-project.ts';
import { onSignals } from './signals.ts';
import { openProject } from './open-project.ts';
import { selectionOf, type CliIo, type CommandOptions } from './options.ts';
import { reporter } from './report.ts';

/** `build`, `run`, `test`, `seed`. @returns the exit code. */
export async function runCommand(verb: Verb, options: CommandOptions, io: CliIo): Promise<number> {
  const { project, settings, targetPath } = await openProject(options, io);
  const report = reporter({
    json: options.logFormat === 'json',
    quiet: options.quiet,
    write: io.out,
  });
  for (const warning of project.warnings) report.event({ kind: 'warning', uniqueId: null, message: warning });
  const { signal, dispose } = onSignals();
  const writer = targetWriter(targetPath, project.name);
  const shown = {
    writeCompiled: async (path: string, sql: string) => shorten(io.cwd, await writer.writeCompiled(path, sql)),
    writeRun: async (path: string, sql: string) => shorten(io.cwd, await writer.writeRun(path, sql)),
  };
  try {
    const result = await runProject({
      project,
      verb,
      connect: connectPostgres(settings),
      select: selectionOf(options),
      exclude: options.exclude ?? [],
      fullRefresh: options.fullRefresh,
      signal,
      onEvent: report.event,
      writer: shown,
    });
    report.summary(result);
    return exitCodeOf(result);
  } finally {
    dispose();
  }
}

/** Paths below the working folder are shown as such: a terminal opens them. */
function shorten(cwd: string, path: string): string {
  const below = relative(cwd, path);
  return below.startsWith('..') ? path : below;
}
