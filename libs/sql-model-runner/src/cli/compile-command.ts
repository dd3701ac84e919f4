import { randomUUID } from 'node:crypto';
import { runResultsArtifact } from '../artifacts/run-results.ts';
import { manifestArtifact } from '../artifacts/manifest.ts';
import { targetWriter } from '../files/write-target.ts';
import { selectionRequest } from '../graph/selection-request.ts';
import { selectNodes } from '../graph/select.ts';
import { connectPostgres } from '../postgres/warehouse.ts';
import { materializationOf, type Project, type ProjectNode } from '../project/project.ts';
import { compiledPath } from '../run/compiled-path.ts';
import { compileInline, compileProject } from '../run/compile-project.ts';
import { readLineage } from '../run/read-lineage.ts';
import type { ProjectLineage } from '../lineage/project-lineage.ts';
import type { Session, Warehouse } from '../warehouse/warehouse.ts';
import { onSignals } from './signals.ts';
import { openProject } from './open-project.ts';
import { selectionOf, type CliIo, type CommandOptions } from './options.ts';
import { readSelection } from './selection.ts';

/** `compile`: writes target/compiled, and prints the SQL when one node is asked for. @returns the exit code. */
export async function compileCommand(
  options: CommandOptions & { readonly introspect: boolean },
  io: CliIo,
): Promise<number> {
  const { project, settings, targetPath } = await openProject(options, io);
  const { selection } = await readSelection(project, options, io, targetPath);
  const names = selectionOf(options);
  const chosen = selectNodes(project, selectionRequest(selection));
  const writer = targetWriter(targetPath);
  const { signal, dispose } = onSignals();
  const warehouse = options.introspect ? await connectPostgres(settings)({ sessions: 1 }) : null;
  try {
    if (options.inline !== undefined) {
      io.out(`${await compileInline({ project, warehouse, sql: options.inline, signal })}\n`);
      return 0;
    }
    const compiled = await compileProject({
      project,
      ids: chosen.ids,
      warehouse,
      fullRefresh: options.fullRefresh,
      signal,
    });
    for (const { node, sql } of compiled) await writer.writeCompiled(compiledPath(node), sql);
    const asked = compiled.filter(({ node }) => names.includes(node.name));
    const rendered = new Map(compiled.map(({ node, sql }) => [node.uniqueId, sql]));
    const lineage = await compiledLineage(project, rendered, warehouse, signal);
    await writeManifest(project, writer, 'compile', rendered, lineage);
    await writeCompileResults(project, writer, 'compile', { ids: chosen.ids, rendered });
    if (asked.length > 0) io.out(`${asked.map(({ sql }) => sql).join('\n\n')}\n`);
    else if (!options.quiet) io.out(`compiled ${compiled.length} nodes to ${targetPath}\n`);
    return 0;
  } finally {
    dispose();
    await warehouse?.close();
  }
}

/** Writes manifest.json. */
export async function writeManifest(
  project: Project,
  writer: ReturnType<typeof targetWriter>,
  verb: string,
  compiled: ReadonlyMap<string, string>,
  lineage: ProjectLineage | null = null,
): Promise<void> {
  const now = new Date();
  const invocation = { id: randomUUID(), startedAt: now, verb, fullRefresh: false };
  await writer.writeArtifact('manifest.json', manifestArtifact(project, invocation, compiled, now, lineage));
}

/** The lineage for the manifest. What cannot be told is left out there; `lineage` says why. */
export function compiledLineage(
  project: Project,
  rendered: ReadonlyMap<string, string>,
  warehouse: Warehouse | null,
  signal: AbortSignal,
): Promise<ProjectLineage> {
  // What an incremental model selects when it goes on is not what it selects at first.
  const compiled = new Map(
    [...rendered].filter(([id]) => {
      const node = project.nodes.get(id);
      return node !== undefined && materializationOf(node) !== 'incremental';
    }),
  );
  const read = (session: Session | null): Promise<ProjectLineage> =>
    readLineage({ project, session, compiled, warn: () => undefined });
  return warehouse === null ? read(null) : warehouse.withSession(read, signal);
}

/** `run_results.json` of what was rendered and not run. */
export async function writeCompileResults(
  project: Project,
  writer: ReturnType<typeof targetWriter>,
  verb: string,
  done: { readonly ids: ReadonlySet<string>; readonly rendered: ReadonlyMap<string, string> },
): Promise<void> {
  const now = new Date();
  const nodes = [...done.ids].flatMap((id) => project.nodes.get(id) ?? []);
  const isListed = (node: ProjectNode): boolean =>
    node.resourceType !== 'unit_test' && (node.resourceType !== 'model' || materializationOf(node) !== 'ephemeral');
  const results = nodes.filter(isListed).map((node) => ({
    uniqueId: node.uniqueId,
    name: node.name,
    resourceType: node.resourceType === 'test' ? ('model' as const) : node.resourceType,
    status: 'success' as const,
    relation: null,
    rows: null,
    seconds: 0,
    message: null,
    startedAt: now,
    finishedAt: now,
    compiledAt: now,
    batches: null,
    compiledSql: done.rendered.get(node.uniqueId) ?? null,
    retryability: null,
  }));
  const invocation = { id: randomUUID(), startedAt: now, verb, fullRefresh: false };
  await writer.writeArtifact(
    'run_results.json',
    runResultsArtifact({ results, startedAt: now, finishedAt: now }, invocation, { which: verb }),
  );
}
