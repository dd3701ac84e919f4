import { once } from 'node:events';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { RawTable } from './raw-table.ts';
import { copyStageStatement, createStageStatement } from './stage-statements.ts';

/**
 * Creates the stage of this transaction and fills it.
 *
 * @param chunks lines in COPY's text format, see `StagedBatch`.
 */
export async function copyStage(client: ClientBase, table: RawTable, chunks: readonly Buffer[]): Promise<void> {
  await client.query(createStageStatement(table));
  const stream = client.query(copyFrom(copyStageStatement(table)));
  // Not stream.pipeline: destroying the stream of a connection that is gone waits for an answer that never comes.
  const finished = new Promise<void>((resolve, reject) => {
    stream.once('finish', resolve);
    stream.on('error', reject);
  });
  const written = writeAll(stream, chunks, finished);
  await Promise.all([written, finished]);
}

async function writeAll(
  stream: NodeJS.WritableStream,
  chunks: readonly Buffer[],
  finished: Promise<void>,
): Promise<void> {
  for (const chunk of chunks) {
    // `finished` ends the wait when the connection breaks: there is no drain then.
    if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), finished]);
  }
  stream.end();
}
