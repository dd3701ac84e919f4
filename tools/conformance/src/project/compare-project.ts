import { basename } from 'node:path';
import { compareStates, type Difference } from '../database/compare.ts';
import type { DbtWorker } from '../dbt/dbt-worker.ts';
import { comparable, compareCompiled } from './compare-compiled.ts';
import { readPlan } from './plan.ts';
import { runOurs } from './run-ours.ts';
import { runSide, type Server, type StepOutcome } from './run-side.ts';

/** What the comparison of one project found. */
export interface ProjectVerdict {
  readonly project: string;
  readonly title: string;
  /** Relations that dbt left, after the last command. */
  readonly relations: number;
  /** Nodes that dbt ran, over all commands. */
  readonly results: number;
  readonly equal: number;
  /** Compiled statements that were compared, over all commands. */
  readonly statements: number;
  readonly differences: readonly (Difference & { readonly step: string })[];
  /** Relations that differ on purpose, with the reason. */
  readonly deliberate: Readonly<Record<string, string>>;
  /** What both printed for a command that ended otherwise than dbt's. */
  readonly outputs: readonly { readonly step: string; readonly dbt: string; readonly ours: string }[];
}

/** A project that dbt itself refuses shows nothing. */
const NOTHING = {
  step: 'all',
  what: 'project',
  property: 'results',
  dbt: 'ran nothing: is the project right?',
  ours: '',
} as const;

/** Runs a project through dbt and through this runner and compares what each command left behind. */
export async function compareProject(folder: string, server: Server, dbt: DbtWorker): Promise<ProjectVerdict> {
  const plan = await readPlan(folder);
  const theirs = await runSide({ folder, plan, server, run: (command) => dbt.run(command) });
  const ours = await runSide({ folder, plan, server, run: runOurs });
  const isDeliberate = ({ what }: Difference): boolean => Object.hasOwn(plan.different, what);
  const compiled = await Promise.all(
    theirs.map((their, index) => compareCompiled(their.compiled, (ours[index] as StepOutcome).compiled)),
  );
  const differences = theirs.flatMap((their, index) => {
    const own = ours[index] as StepOutcome;
    return [...compareOutcomes(their, own), ...compareStates(their.state, own.state), ...(compiled[index] ?? [])]
      .filter((difference) => !isDeliberate(difference))
      .map((difference) => ({ ...difference, step: `${index + 1}: ${their.step}` }));
  });
  const last = theirs.at(-1);
  const relations = Object.keys(last?.state ?? {}).length;
  const hasRun = theirs.some(({ statuses }) => Object.keys(statuses).length > 0);
  const wrong = new Set(differences.filter(({ what }) => what in (last?.state ?? {})).map(({ what }) => what));
  return {
    project: basename(folder),
    title: plan.title,
    relations,
    results: theirs.reduce((sum, { statuses }) => sum + Object.keys(statuses).length, 0),
    equal: relations - wrong.size,
    statements: theirs.reduce(
      (sum, { compiled: sql }, index) => sum + comparable(sql, ours[index]?.compiled ?? {}).length,
      0,
    ),
    differences: hasRun ? differences : [...differences, NOTHING],
    deliberate: plan.different,
    outputs: theirs.flatMap((their, index) => {
      const own = ours[index] as StepOutcome;
      return !hasRun || differences.some(({ step }) => step.startsWith(`${index + 1}:`))
        ? [{ step: their.step, dbt: their.output, ours: own.output }]
        : [];
    }),
  };
}

function compareOutcomes(dbt: StepOutcome, ours: StepOutcome): readonly Difference[] {
  const code: readonly Difference[] =
    dbt.code === ours.code
      ? []
      : [{ what: 'command', property: 'exit code', dbt: String(dbt.code), ours: String(ours.code) }];
  const ids = [...new Set([...Object.keys(dbt.statuses), ...Object.keys(ours.statuses)])].toSorted();
  const statuses = ids
    .filter((id) => dbt.statuses[id] !== ours.statuses[id])
    .map((id) => ({
      what: id,
      property: 'status',
      dbt: dbt.statuses[id] ?? 'not run',
      ours: ours.statuses[id] ?? 'not run',
    }));
  return [...code, ...statuses];
}
