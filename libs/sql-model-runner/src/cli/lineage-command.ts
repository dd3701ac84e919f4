import { findLineageTarget } from '../lineage/find-column.ts';
import { renderTraces, tracesAsJson } from '../lineage/render-trace.ts';
import { traceColumn, type Direction } from '../lineage/trace.ts';
import { connectPostgres } from '../postgres/warehouse.ts';
import { readLineage } from '../run/read-lineage.ts';
import { openProject } from './open-project.ts';
import type { CliIo, CommandOptions } from './options.ts';
import { onSignals } from './signals.ts';

/** `lineage`: where columns come from, or go. @param target a model, or a column of one. @returns the exit code. */
export async function lineageCommand(
  target: string,
  options: CommandOptions & { readonly introspect: boolean; readonly downstream: boolean; readonly output: string },
  io: CliIo,
): Promise<number> {
  const { project, settings } = await openProject(options, io);
  const { signal, dispose } = onSignals();
  const warehouse = options.introspect ? await connectPostgres(settings)({ sessions: 1 }) : null;
  try {
    const warn = (message: string): void => {
      if (!options.quiet) io.err(`warning: ${message}\n`);
    };
    const lineage =
      warehouse === null
        ? await readLineage({ project, session: null, warn })
        : await warehouse.withSession((session) => readLineage({ project, session, warn }), signal);
    const { node, column, path } = findLineageTarget(lineage, target);
    const direction: Direction = options.downstream ? 'downstream' : 'upstream';
    const names = column === null ? node.columns.map(({ name }) => name) : [column];
    const traces = names.map((name) => traceColumn(lineage, { relation: node.id, column: name, path }, direction));
    io.out(
      options.output === 'json'
        ? `${JSON.stringify(tracesAsJson(lineage, traces, direction), null, 2)}\n`
        : `${renderTraces(lineage, traces, direction)}\n`,
    );
    return 0;
  } finally {
    dispose();
    await warehouse?.close();
  }
}
