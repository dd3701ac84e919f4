import { join, relative } from 'node:path';
import { manifestArtifact } from '../artifacts/manifest.ts';
import { readState } from '../artifacts/read-state.ts';
import { runResultsArtifact } from '../artifacts/run-results.ts';
import type { Invocation, InvocationFlags } from '../compile/base-context.ts';
import { SettingsError } from '../errors.ts';
import { targetWriter, type TargetWriter } from '../files/write-target.ts';
import { connectPostgres } from '../postgres/warehouse.ts';
import { exitCodeOf, type RunResult } from '../run/result.ts';
import { runProject, type RunOptions, type Verb } from '../run/run-project.ts';
import { onSignals } from './signals.ts';
import { openProject, type OpenedProject } from './open-project.ts';
import type { CliIo, CommandOptions } from './options.ts';
import { reporter } from './report.ts';
import { readSelection } from './selection.ts';

/** `build`, `run`, `test`, `seed`, `snapshot`. @returns the exit code. */
export async function runCommand(
  verb: Verb,
  options: CommandOptions,
  io: CliIo,
  more: Partial<RunOptions> = {},
): Promise<number> {
  const opened = await openProject(options, io);
  const { project, settings, targetPath } = opened;
  const { selection, former } = await readSelection(project, options, io, targetPath);
  const before = former ?? (await readState(targetPath, project, { needsManifest: false }));
  const report = reporter({
    json: options.logFormat === 'json',
    quiet: options.quiet,
    write: io.out,
  });
  for (const warning of project.warnings) report.event({ kind: 'warning', uniqueId: null, message: warning });
  const { signal, dispose } = onSignals();
  const writer = shortening(io.cwd, targetWriter(targetPath));
  try {
    const result = await runProject({
      project,
      verb,
      connect: connectPostgres(settings),
      ...selection,
      fullRefresh: options.fullRefresh,
      resourceTypes: options.resourceType ?? [],
      excludeResourceTypes: options.excludeResourceType ?? [],
      flags: flagsOf(verb, options),
      warnError: options.warnError ?? false,
      secondsBefore: before.seconds,
      ...(options.defer === true && former !== null ? { deferTo: former.relations } : {}),
      favorState: options.favorState ?? false,
      signal,
      onEvent: report.event,
      writer,
      ...more,
    });
    report.summary(result);
    if (options.writeJson !== false) await writeArtifacts(opened, { verb, options, result }, targetWriter(targetPath));
    const hasWarned = result.warnings.length > project.warnings.length;
    return options.warnError === true && hasWarned && exitCodeOf(result) === 0 ? 1 : exitCodeOf(result);
  } finally {
    dispose();
  }
}

function flagsOf(verb: Verb, options: CommandOptions): InvocationFlags {
  if ((options.eventTimeStart === undefined) !== (options.eventTimeEnd === undefined))
    throw new SettingsError('--event-time-start and --event-time-end are given together, or not at all');
  return {
    storeFailures: options.storeFailures ?? false,
    empty: options.empty ?? false,
    failFast: options.failFast ?? false,
    eventTimeStart: momentOf(options.eventTimeStart, '--event-time-start'),
    eventTimeEnd: momentOf(options.eventTimeEnd, '--event-time-end'),
    args: argsOf(verb, options),
  };
}

function momentOf(text: string | undefined, option: string): Date | null {
  if (text === undefined) return null;
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/u.test(text);
  const moment = new Date(/^\d{4}-\d{2}-\d{2}$/u.test(text) || hasZone ? text : `${text.replace(' ', 'T')}Z`);
  if (!Number.isNaN(moment.getTime())) return moment;
  throw new SettingsError(`${option} is no moment; expected e.g. 2024-01-31 or "2024-01-31 12:00:00"`);
}

/** The options in dbt's names, as run_results.json keeps them. */
export function argsOf(verb: string, options: CommandOptions): Readonly<Record<string, unknown>> {
  const names = Object.entries(options).map(([key, value]) => [
    key.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`),
    value as unknown,
  ]);
  return { ...Object.fromEntries(names), which: verb };
}

async function writeArtifacts(
  { project }: OpenedProject,
  { verb, options, result }: { readonly verb: Verb; readonly options: CommandOptions; readonly result: RunResult },
  writer: TargetWriter,
): Promise<void> {
  const invocation: Invocation = {
    id: result.invocationId,
    startedAt: result.startedAt,
    verb,
    fullRefresh: options.fullRefresh,
  };
  const compiled = new Map(
    result.results.flatMap((one) => (one.compiledSql === null ? [] : [[one.uniqueId, one.compiledSql] as const])),
  );
  await writer.writeArtifact('manifest.json', manifestArtifact(project, invocation, compiled, result.finishedAt));
  await writer.writeArtifact('run_results.json', runResultsArtifact(result, invocation, argsOf(verb, options)));
}

/** Paths below the working folder are shown as such: a terminal opens them. */
function shortening(cwd: string, writer: TargetWriter): TargetWriter {
  const shorten = (path: string): string => {
    const below = relative(cwd, path);
    return below.startsWith('..') ? path : below;
  };
  return {
    writeCompiled: async (path, sql) => shorten(await writer.writeCompiled(path, sql)),
    writeRun: async (path, sql) => shorten(await writer.writeRun(path, sql)),
    writeArtifact: (name, content) => writer.writeArtifact(name, content),
  };
}

/** `retry`: what failed, or was not run, in the last run. @returns the exit code. */
export async function retryCommand(options: CommandOptions, io: CliIo): Promise<number> {
  const { project, targetPath } = await openProject(options, io);
  const folder = options.state === undefined ? targetPath : join(io.cwd, options.state);
  const { results, args } = await readState(folder, project, { needsManifest: false });
  if (results.length === 0) throw new SettingsError(`there is no run_results.json in ${folder}; run something first`);
  const verb = String(args['which']);
  if (!isVerb(verb)) throw new SettingsError(`the last command was "${verb}", which cannot be run again by retry`);
  const again = results.filter(({ status }) => AGAIN.has(status));
  const batches = new Map(
    again.filter(({ failedBatches }) => failedBatches.length > 0).map((one) => [one.uniqueId, one.failedBatches]),
  );
  const formerly: Partial<CommandOptions> = {
    ...(args['full_refresh'] === true ? { fullRefresh: true } : {}),
    ...(typeof args['vars'] === 'string' && options.vars === undefined ? { vars: args['vars'] } : {}),
    ...(args['store_failures'] === true ? { storeFailures: true } : {}),
  };
  const { state: _, ...rest } = options;
  return runCommand(verb, { ...rest, ...formerly }, io, {
    only: new Set(again.map(({ uniqueId }) => uniqueId)),
    batches,
  });
}

const AGAIN: ReadonlySet<string> = new Set(['error', 'fail', 'skipped', 'runtime error', 'partial success']);

function isVerb(text: string): text is Verb {
  return ['build', 'run', 'test', 'seed', 'snapshot'].includes(text);
}
