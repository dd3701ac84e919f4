import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { FRAGMENTS, type Mutation } from './mutate-text.ts';

const ROOT = join(import.meta.dirname, '../../../..');

/** Longest time for one project: they are small, and a template may do only so much. */
const DEADLINE_MS = 30_000;

/** Changes to one of the real projects. */
export interface BadProject {
  readonly project: number;
  readonly changes: readonly { readonly file: number; readonly mutation: Mutation }[];
}

/** What became of it: the first two are well. */
export interface BadProjectVerdict {
  readonly kind: 'accepted' | 'refused' | 'no-place' | 'crash' | 'hang';
  readonly message?: string;
}

/** Changes to real projects: those of the conformance tool, the fixture and the platform's own models. */
export const badProject: fc.Arbitrary<BadProject> = fc.record({
  project: fc.nat(9_999),
  changes: fc.array(
    fc.record({
      file: fc.nat(9_999),
      mutation: fc.record({
        kind: fc.constantFrom('insert', 'replace', 'cut', 'repeat', 'end', 'swap-lines', 'indent'),
        at: fc.nat(999),
        length: fc.integer({ min: 1, max: 40 }),
        fragment: fc.constantFrom(...FRAGMENTS),
      }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

/** Judges changed projects in a thread; one that does not end in time is ended, and counts as hanging. */
export class BadProjectJudge implements AsyncDisposable {
  #worker: Worker | null = null;

  async judge(bad: BadProject): Promise<BadProjectVerdict> {
    this.#worker ??= startWorker();
    const worker = this.#worker;
    const stop = new AbortController();
    const answer = once(worker, 'message', { signal: stop.signal }).then(([verdict]) => verdict as BadProjectVerdict);
    worker.postMessage(bad, []);
    const late = sleep(DEADLINE_MS, { kind: 'hang' } as const, { signal: stop.signal });
    const verdict = await Promise.race([answer, late]).finally(() => {
      stop.abort();
      void Promise.allSettled([answer, late]);
    });
    if (verdict.kind === 'hang') await this[Symbol.asyncDispose]();
    return verdict;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = null;
  }
}

function startWorker(): Worker {
  return new Worker(new URL('bad-project-worker.ts', import.meta.url), {
    execArgv: ['--conditions=ovis-source', '--no-warnings'],
    workerData: realProjects(),
  });
}

function realProjects(): readonly string[] {
  const conformance = join(ROOT, 'tools/conformance/projects');
  const folders = [
    join(import.meta.dirname, '../../fixtures/shop'),
    join(ROOT, 'models'),
    ...readdirSync(conformance)
      .toSorted()
      .map((name) => join(conformance, name)),
  ];
  return folders.filter((folder) => existsSync(join(folder, 'dbt_project.yml')));
}
