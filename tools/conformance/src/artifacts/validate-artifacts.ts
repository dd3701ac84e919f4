import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Command, CommandOutcome } from '../dbt/dbt-worker.ts';
import { readPlan, type Step } from '../project/plan.ts';
import { runSide, type Server } from '../project/run-side.ts';

const SCRIPT = fileURLToPath(new URL('validate_artifacts.py', import.meta.url));

const NAMES = ['manifest.json', 'run_results.json', 'catalog.json', 'sources.json'];

/** Commands after a project's own, so that all four artifacts are written. */
const MORE: readonly Step[] = [
  { kind: 'command', args: ['docs', 'generate'] },
  { kind: 'command', args: ['source', 'freshness'] },
];

/** What dbt's schemas say of the artifacts of some projects. */
export interface ArtifactVerdict {
  readonly validated: number;
  /** One text a violation: file, place, what is wrong. */
  readonly findings: readonly string[];
}

/**
 * Runs projects and validates what each command left behind by the schemas that dbt publishes.
 *
 * @param python one that has dbt.
 * @param run runs a command: the runner's, or dbt's own.
 */
export async function validateArtifacts(options: {
  readonly folders: readonly string[];
  readonly python: string;
  readonly server: Server;
  readonly run: (command: Command) => Promise<CommandOutcome>;
}): Promise<ArtifactVerdict> {
  const { folders, python, server, run } = options;
  const kept = await mkdtemp(join(tmpdir(), 'ovis-artifacts-'));
  try {
    for (const folder of folders) {
      const plan = await readPlan(folder);
      const runAndKeep = async (command: Command): Promise<CommandOutcome> => {
        const outcome = await run(command);
        await keep(join(command.cwd, 'target'), join(kept, nameOf(folder, command)));
        return outcome;
      };
      await runSide({ folder, plan: { ...plan, steps: [...plan.steps, ...MORE] }, server, run: runAndKeep });
    }
    const { stdout } = await promisify(execFile)(python, [SCRIPT, kept], { maxBuffer: 64 * 1024 * 1024 });
    return JSON.parse(stdout) as ArtifactVerdict;
  } finally {
    await rm(kept, { recursive: true, force: true });
  }
}

function nameOf(folder: string, { args }: Command): string {
  const project = folder.split('/').at(-1) ?? '';
  return [project, ...args]
    .join(' ')
    .replaceAll(/[^\w -]/gu, '_')
    .slice(0, 200);
}

async function keep(target: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of NAMES) {
    // Not every command writes every artifact.
    await cp(join(target, name), join(folder, name)).catch(() => undefined);
  }
}
