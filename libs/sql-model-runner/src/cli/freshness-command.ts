import { randomUUID } from 'node:crypto';
import { sourcesArtifact } from '../artifacts/sources.ts';
import { targetWriter } from '../files/write-target.ts';
import { selectionRequest } from '../graph/selection-request.ts';
import { selectNodes } from '../graph/select.ts';
import { connectPostgres } from '../postgres/warehouse.ts';
import { freshnessOf, sourcesWithFreshness, type SourceFreshness } from '../run/source-freshness.ts';
import { onSignals } from './signals.ts';
import { openProject } from './open-project.ts';
import type { CliIo, CommandOptions } from './options.ts';
import { readSelection } from './selection.ts';

/** `source freshness`: how old the newest rows of the sources are; writes sources.json. @returns the exit code. */
export async function freshnessCommand(options: CommandOptions, io: CliIo): Promise<number> {
  const { project, settings, targetPath } = await openProject(options, io);
  const { selection } = await readSelection(project, options, io, targetPath);
  const { ids } = selectNodes(project, selectionRequest(selection));
  const sources = sourcesWithFreshness(project, ids);
  const invocation = { id: randomUUID(), startedAt: new Date(), verb: 'freshness', fullRefresh: false };
  const { signal, dispose } = onSignals();
  const warehouse = await connectPostgres(settings)({ sessions: project.target.threads });
  try {
    const results = await Promise.all(sources.map((source) => freshnessOf(project, source, warehouse, signal)));
    for (const result of results) io.out(`${lineOf(result)}\n`);
    if (results.length === 0) io.out('no source says how fresh it has to be\n');
    await targetWriter(targetPath).writeArtifact('sources.json', sourcesArtifact(results, invocation, new Date()));
    return results.some(({ status }) => status === 'error' || status === 'runtime error') ? 1 : 0;
  } finally {
    dispose();
    await warehouse.close();
  }
}

function lineOf({ name, status, ageSeconds, maxLoadedAt, message }: SourceFreshness): string {
  const age =
    maxLoadedAt === null || ageSeconds === null
      ? 'has no rows'
      : `newest rows are ${(ageSeconds / 3600).toFixed(1)} hours old`;
  return `${status.toUpperCase().padEnd(5)} ${name}: ${message ?? age}`;
}
