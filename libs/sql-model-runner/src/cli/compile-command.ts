import { targetWriter } from '../files/write-target.ts';
import { connectPostgres } from '../postgres/warehouse.ts';
import { parseSelector } from '../graph/selector.ts';
import { selectNodes } from '../graph/select.ts';
import { compileProject } from '../run/compile-project.ts';
import { compiledPath } from '../run/run-project.ts';
import { onSignals } from './signals.ts';
import { openProject } from './open-project.ts';
import { selectionOf, type CliIo, type CommandOptions } from './options.ts';

/** `compile`: writes target/compiled, and prints the SQL when one node is asked for. @returns the exit code. */
export async function compileCommand(
  options: CommandOptions & { readonly introspect: boolean },
  io: CliIo,
): Promise<number> {
  const { project, settings, targetPath } = await openProject(options, io);
  const selection = selectionOf(options);
  const chosen = selectNodes(
    project,
    selection.length === 0 ? null : parseSelector(selection),
    parseSelector(options.exclude ?? []),
  );
  const writer = targetWriter(targetPath, project.name);
  const { signal, dispose } = onSignals();
  const warehouse = options.introspect ? await connectPostgres(settings)({ sessions: 1 }) : null;
  try {
    const compiled = await compileProject({
      project,
      ids: chosen.ids,
      warehouse,
      fullRefresh: options.fullRefresh,
      signal,
    });
    for (const { node, sql } of compiled) await writer.writeCompiled(compiledPath(node), sql);
    const asked = compiled.filter(({ node }) => selection.includes(node.name));
    if (asked.length > 0) io.out(`${asked.map(({ sql }) => sql).join('\n\n')}\n`);
    else if (!options.quiet) io.out(`compiled ${compiled.length} nodes to ${targetPath}\n`);
    return 0;
  } finally {
    dispose();
    await warehouse?.close();
  }
}
