import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ConformanceError } from '../errors.ts';

/** One step: a command of dbt's, or what happens between commands: SQL, a folder that is kept (`--state`), a file that changes. */
export type Step =
  | { readonly kind: 'command'; readonly args: readonly string[] }
  | { readonly kind: 'sql'; readonly sql: string }
  | { readonly kind: 'copy'; readonly from: string; readonly to: string }
  | { readonly kind: 'write'; readonly path: string; readonly text: string };

/** How a project is run for its comparison: `conformance.yml` in its folder. */
export interface Plan {
  /** What it is about, for the table. */
  readonly title: string;
  readonly steps: readonly Step[];
  /** Names of columns of which only null or not null is compared: moments of the run. */
  readonly volatile: ReadonlySet<string>;
  /** Relations (`schema.name`) that are left out, each with the reason. */
  readonly different: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** What runs where nothing is said: twice, so that incremental models, snapshots and seeds go on from what is there. */
const DEFAULT_STEPS: readonly Step[] = [
  { kind: 'command', args: ['build'] },
  { kind: 'command', args: ['build'] },
];

/** Reads a project's plan; without a file the project is built twice. @throws ConformanceError */
export async function readPlan(folder: string): Promise<Plan> {
  const text = await readFile(join(folder, 'conformance.yml'), 'utf8').catch(() => '');
  const given = (parse(text) ?? {}) as {
    readonly title?: string;
    readonly setup?: string;
    readonly steps?: readonly (string | Between)[];
    readonly volatile?: readonly string[];
    readonly different?: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, string>>;
  };
  const setup: readonly Step[] = given.setup === undefined ? [] : [{ kind: 'sql', sql: given.setup }];
  return {
    title: given.title ?? '',
    steps: [...setup, ...(given.steps?.map(readStep) ?? DEFAULT_STEPS)],
    volatile: new Set(given.volatile),
    different: given.different ?? {},
    env: given.env ?? {},
  };
}

interface Between {
  readonly sql?: string;
  readonly copy?: { readonly from: string; readonly to: string };
  readonly write?: { readonly path: string; readonly text: string };
}

function readStep(step: string | Between): Step {
  if (typeof step !== 'string') {
    if (step.sql !== undefined) return { kind: 'sql', sql: step.sql };
    if (step.copy !== undefined) return { kind: 'copy', ...step.copy };
    if (step.write !== undefined) return { kind: 'write', ...step.write };
    throw new ConformanceError('a step of conformance.yml is neither a command nor sql, copy or write');
  }
  const args = [...step.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/gu)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
  if (args.length === 0) throw new ConformanceError('a step of conformance.yml is empty');
  return { kind: 'command', args };
}
