import { randomUUID } from 'node:crypto';
import { catalogArtifact } from '../artifacts/catalog.ts';
import { targetWriter } from '../files/write-target.ts';
import { connectPostgres } from '../postgres/warehouse.ts';
import { compileProject } from '../run/compile-project.ts';
import { compiledPath } from '../run/compiled-path.ts';
import { compiledLineage, writeCompileResults, writeManifest } from './compile-command.ts';
import { openProject } from './open-project.ts';
import type { CliIo, CommandOptions } from './options.ts';
import { onSignals } from './signals.ts';

/** `docs generate`: writes manifest.json and catalog.json, which documentation sites are made of. @returns the exit code. */
export async function docsCommand(options: CommandOptions & { readonly compile: boolean }, io: CliIo): Promise<number> {
  const { project, settings, targetPath } = await openProject(options, io);
  const writer = targetWriter(targetPath);
  const { signal, dispose } = onSignals();
  const warehouse = await connectPostgres(settings)({ sessions: 1 });
  try {
    const ids = new Set(options.compile ? project.nodes.keys() : []);
    const compiled = await compileProject({ project, ids, warehouse, signal });
    for (const { node, sql } of compiled) await writer.writeCompiled(compiledPath(node), sql);
    const rendered = new Map(compiled.map(({ node, sql }) => [node.uniqueId, sql]));
    const lineage = options.compile ? await compiledLineage(project, rendered, warehouse, signal) : null;
    await writeManifest(project, writer, 'generate', rendered, lineage);
    if (options.compile) await writeCompileResults(project, writer, 'generate', { ids, rendered });
    const invocation = { id: randomUUID(), startedAt: new Date(), verb: 'generate', fullRefresh: false };
    const catalog = await warehouse.withSession(
      (session) => catalogArtifact(project, session, invocation, new Date()),
      signal,
    );
    const file = await writer.writeArtifact('catalog.json', catalog);
    if (!options.quiet) io.out(`wrote ${file}\n`);
    return 0;
  } finally {
    dispose();
    await warehouse.close();
  }
}
