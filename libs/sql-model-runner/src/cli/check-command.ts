import { targetWriter } from '../files/write-target.ts';
import { selectionRequest } from '../graph/selection-request.ts';
import { selectNodes } from '../graph/select.ts';
import { connectPostgres } from '../postgres/warehouse.ts';
import { checkProject } from '../run/check-project.ts';
import { compiledPath } from '../run/compiled-path.ts';
import { onSignals } from './signals.ts';
import { openProject } from './open-project.ts';
import type { CliIo, CommandOptions } from './options.ts';
import { readSelection } from './selection.ts';

/** `check`: whether models can be parsed and, with a database, planned; builds nothing. @returns the exit code: 1 when one cannot. */
export async function checkCommand(
  options: CommandOptions & { readonly introspect: boolean },
  io: CliIo,
): Promise<number> {
  const { project, settings, targetPath } = await openProject(options, io);
  const { selection } = await readSelection(project, options, io, targetPath);
  const { ids } = selectNodes(project, selectionRequest(selection));
  const writer = targetWriter(targetPath);
  const { signal, dispose } = onSignals();
  const warehouse = options.introspect ? await connectPostgres(settings)({ sessions: 1 }) : null;
  const startedMs = performance.now();
  try {
    const results = await checkProject({
      project,
      ids,
      warehouse,
      signal,
      onCompiled: (node, sql) => writer.writeCompiled(compiledPath(node), sql),
    });
    for (const { node, status, message } of results)
      if (status !== 'ok')
        io.out(
          `${status.toUpperCase()} ${node.resourceType} ${node.name} (${node.place.file})\n${(message ?? '').replaceAll(/^/gmu, '    ')}\n`,
        );
    const wrong = results.filter(({ status }) => status === 'error').length;
    if (!options.quiet)
      io.out(
        `checked ${results.length} nodes in ${((performance.now() - startedMs) / 1000).toFixed(2)} s: ${wrong} wrong\n`,
      );
    return wrong > 0 ? 1 : 0;
  } finally {
    dispose();
    await warehouse?.close();
  }
}
