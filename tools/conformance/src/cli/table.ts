import type { ProjectVerdict } from '../project/compare-project.ts';

/** The table of all comparisons: project, relations, results of nodes, equal, different, why. */
export function tableOf(verdicts: readonly ProjectVerdict[]): string {
  const lines = verdicts.map(
    ({ project, relations, results, statements, equal, differences }) =>
      `| ${project} | ${relations} | ${results} | ${statements} | ${equal} | ${differences.length} |`,
  );
  const details = verdicts.flatMap((verdict) => [
    ...verdict.differences.map(
      ({ step, what, property, dbt, ours }) =>
        `${verdict.project} · ${step} · ${what} · ${property}\n    dbt:  ${shorten(dbt)}\n    ours: ${shorten(ours)}`,
    ),
    ...Object.entries(verdict.deliberate).map(
      ([what, why]) => `${verdict.project} · ${what}: different on purpose: ${why}`,
    ),
  ]);
  const sum = (of: (verdict: ProjectVerdict) => number): number =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const total = `| ${verdicts.length} projects | ${sum((v) => v.relations)} | ${sum((v) => v.results)} | ${sum((v) => v.statements)} | ${sum((v) => v.equal)} | ${sum((v) => v.differences.length)} |`;
  return [
    '',
    '| project | relations | results of nodes | compiled statements | equal relations | differences |',
    '|---|---|---|---|---|---|',
    ...lines,
    total,
    '',
    ...details,
  ].join('\n');
}

function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
