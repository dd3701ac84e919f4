import { SettingsError } from '../errors.ts';
import { selectionRequest } from '../graph/selection-request.ts';
import { selectNodes } from '../graph/select.ts';
import { connectPostgres } from '../postgres/warehouse.ts';
import { chosenNodes } from '../run/run-project.ts';
import { planProject, type NodePlan, type ProjectPlan } from '../run/plan-project.ts';
import { openProject } from './open-project.ts';
import { selectionOf, type CliIo, type CommandOptions } from './options.ts';
import { readSelection } from './selection.ts';
import { onSignals } from './signals.ts';

/** Options of `plan` besides those of a selection. */
export interface PlanCommandOptions extends CommandOptions {
  readonly introspect: boolean;
  readonly output: string;
  readonly exitCode: boolean;
}

/** `plan`: what `build` would change; changes nothing. @returns 1 when a node is wrong or, with `--exit-code`, something would change. */
export async function planCommand(options: PlanCommandOptions, io: CliIo): Promise<number> {
  const { project, settings, targetPath } = await openProject(options, io);
  const { selection, former } = await readSelection(project, options, io, targetPath);
  if (!options.introspect && former === null)
    throw new SettingsError('--no-introspect needs --state: without a database the plan is made against a former run');
  const isSelecting = selectionOf(options).length > 0 || selection.selector !== undefined;
  // Against a former run: what has changed since, and what comes after it.
  const wanted = isSelecting || former === null ? selection : { ...selection, select: ['state:modified+'] };
  const { unmatched } = selectNodes(project, selectionRequest(wanted));
  if (isSelecting) for (const selector of unmatched) io.err(`warning: the selector "${selector}" names nothing\n`);
  const { ids } = chosenNodes({
    project,
    verb: 'build',
    ...wanted,
    resourceTypes: options.resourceType ?? [],
    excludeResourceTypes: options.excludeResourceType ?? [],
  });
  const { signal, dispose } = onSignals();
  const warehouse = options.introspect ? await connectPostgres(settings)({ sessions: 1 }) : null;
  try {
    const plan = await planProject({ project, ids, warehouse, former, fullRefresh: options.fullRefresh, signal });
    io.out(options.output === 'json' ? `${JSON.stringify(asJson(plan), null, 2)}\n` : asText(plan));
    if (plan.nodes.some(({ problem }) => problem !== null)) return 1;
    return options.exitCode && plan.nodes.some(changes) ? 1 : 0;
  } finally {
    dispose();
    await warehouse?.close();
  }
}

/** Whether a relation appears, becomes another kind, or gets other columns: more than other rows. */
function changes({ action, reason, columns }: NodePlan): boolean {
  const { added, removed, retyped } = columns;
  return action === 'create' || reason !== null || added.length + removed.length + retyped.length > 0;
}

function asText({ nodes, untouched, affectedElsewhere }: ProjectPlan): string {
  const lines = nodes.flatMap(nodeLines);
  for (const { node, affected } of affectedElsewhere)
    lines.push(
      `  not run  ${node.name}`,
      ...affected.map(({ column, by }) => `             ${column} comes from ${by}`),
    );
  const counts = new Map<string, number>();
  for (const { action, problem } of nodes) {
    const word = problem === null ? action : 'wrong';
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const summary = [...counts].map(([word, count]) => `${count} ${word}`);
  return `${[...lines, `plan: ${[...summary, `${untouched.length} untouched`].join(', ')}`].join('\n')}\n`;
}

function nodeLines(plan: NodePlan): readonly string[] {
  const { node, action, reason, columns, affected, problem } = plan;
  const name = `${node.resourceType} ${node.relation.schema}.${node.relation.identifier}`;
  if (problem !== null) return [`  WRONG    ${name}`, problem.replaceAll(/^/gmu, '             ')];
  const notes = [...(reason === null ? [] : [reason]), ...rowNotes(plan)];
  const detail = (mark: string, text: string): string => `           ${mark} ${text}`;
  return [
    `  ${action.padEnd(8)} ${name}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`,
    ...columns.added.map(({ name: column, type }) => detail('+', type === null ? column : `${column} ${type}`)),
    ...columns.removed.map(({ name: column, type }) => detail('-', type === null ? column : `${column} ${type}`)),
    ...columns.retyped.map(({ name: column, from, to }) => detail('~', `${column} ${from} → ${to}`)),
    ...affected.map(({ column, by }) => detail(' ', `${column} comes from ${by}`)),
  ];
}

function rowNotes({ rowsNow, rowsExpected }: NodePlan): readonly string[] {
  return [
    ...(rowsNow === null ? [] : [`holds about ${rowsNow.toLocaleString('en')} rows`]),
    ...(rowsExpected === null ? [] : [`about ${rowsExpected.toLocaleString('en')} to write`]),
  ];
}

function asJson({ nodes, untouched, affectedElsewhere }: ProjectPlan): object {
  return {
    nodes: nodes.map(({ node, rowsNow, rowsExpected, ...rest }) => ({
      unique_id: node.uniqueId,
      name: node.name,
      resource_type: node.resourceType,
      relation: node.relation,
      ...rest,
      rows: { now: rowsNow, expected: rowsExpected },
    })),
    untouched,
    affected_elsewhere: affectedElsewhere.map(({ node, affected }) => ({ unique_id: node.uniqueId, affected })),
  };
}
