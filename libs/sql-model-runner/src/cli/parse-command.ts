import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { manifestMetadata } from '../artifacts/metadata.ts';
import { ParseCache, type ParsedFacts } from '../files/parse-cache.ts';
import { TracedFiles } from '../files/traced-files.ts';
import { targetWriter } from '../files/write-target.ts';
import type { CliIo, CommandOptions } from './options.ts';
import { tracedEnvironment } from './traced-environment.ts';

/** `parse`: reads the project and writes manifest.json; where nothing has changed since the last time, what that gave. @returns the exit code. */
export async function parseCommand(options: CommandOptions, io: CliIo): Promise<number> {
  const cache = cacheOf(options, io);
  const kept = cache?.read(io.env);
  if (kept) {
    await writeManifest(kept.facts, kept.manifest);
    return report(kept.facts, options, io);
  }
  const { facts, manifest } = await parseAnew(options, io, cache);
  await writeManifest(facts, Buffer.from(manifest));
  return report(facts, options, io);
}

async function parseAnew(
  options: CommandOptions,
  io: CliIo,
  cache: ParseCache | null,
): Promise<{ readonly facts: ParsedFacts; readonly manifest: string }> {
  const [{ manifestBody }, { openProject }] = await Promise.all([
    import('../artifacts/manifest.ts'),
    import('./open-project.ts'),
  ]);
  const disk = new TracedFiles();
  const { env, environment } = tracedEnvironment(io.env);
  let isMomentary = false;
  const onMoment = (): void => {
    isMomentary = true;
  };
  const { project, targetPath } = await openProject(options, { ...io, env }, { disk, onMoment });
  const facts = {
    projectName: project.name,
    targetPath,
    nodes: project.nodes.size,
    sources: project.sources.size,
    warnings: project.warnings,
  };
  const manifest = JSON.stringify(manifestBody(project, new Map()));
  // What a template made of the clock would be stale at once.
  if (isMomentary) cache?.remove();
  else cache?.write(facts, manifest, { files: disk.trace(), environment });
  return { facts, manifest };
}

/** @param body of the manifest, without its metadata: a JSON object. */
async function writeManifest({ projectName, targetPath }: ParsedFacts, body: Buffer): Promise<void> {
  const now = new Date();
  const invocation = { id: randomUUID(), startedAt: now, verb: 'parse', fullRefresh: false };
  const head = `{"metadata":${JSON.stringify(manifestMetadata(projectName, invocation, now))},`;
  await targetWriter(targetPath).writeBytes('manifest.json', [Buffer.from(head), body.subarray(1)]);
}

function report({ warnings, nodes, sources }: ParsedFacts, { quiet }: CommandOptions, io: CliIo): number {
  for (const warning of warnings) io.err(`warning: ${warning}\n`);
  if (!quiet) io.out(`parsed ${nodes} nodes and ${sources} sources\n`);
  return 0;
}

/** The cache in the target folder, as far as that is known before the project is read; null where there shall be none. */
function cacheOf(options: CommandOptions, { env, cwd }: CliIo): ParseCache | null {
  const isOff = /^(?:0|f|false|n|no|off)$/iu.test(env['DBT_PARTIAL_PARSE'] ?? '');
  if (options.partialParse === false || isOff) return null;
  const projectDir = resolve(cwd, options.projectDir ?? env['DBT_PROJECT_DIR'] ?? '.');
  const folder = options.targetPath ?? env['DBT_TARGET_PATH'] ?? writtenTargetPath(projectDir);
  if (folder === null) return null;
  const { profilesDir, profile, target, targetSchema, targetPath, threads, vars, role, fullRefresh } = options;
  const given = { profilesDir, profile, target, targetSchema, targetPath, threads, vars, role, fullRefresh };
  return new ParseCache(resolve(cwd, folder), [projectDir, cwd, given]);
}

/** The `target-path` of dbt_project.yml where it is plainly written; null where only reading the file as a whole tells. */
function writtenTargetPath(projectDir: string): string | null {
  let text: string;
  try {
    text = readFileSync(join(projectDir, 'dbt_project.yml'), 'utf8');
  } catch {
    return null;
  }
  if (!text.includes('target-path')) return join(projectDir, 'target');
  const written = /^target-path:[ \t]*(?<quote>["']?)(?<path>[\w./-]+)\k<quote>[ \t]*(?:#.*)?$/mu.exec(text)?.groups;
  return written?.['path'] === undefined ? null : join(projectDir, written['path']);
}
