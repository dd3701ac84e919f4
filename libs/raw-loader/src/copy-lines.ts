import { once } from 'node:events';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Each chunk costs two writes to the socket, and most streams have a few kilobytes: so small ones are put together up to here. */
const WRITE_BYTES = 256 * 1024;

/**
 * Runs a `copy … from stdin`.
 *
 * @param chunks lines in COPY's text format, see `StagedPart`.
 */
export async function copyLines(client: ClientBase, statement: string, chunks: readonly Buffer[]): Promise<void> {
  const stream = client.query(copyFrom(statement));
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
  for (const chunk of joined(chunks)) {
    // `finished` ends the wait when the connection breaks: there is no drain then.
    if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), finished]);
  }
  stream.end();
}

function* joined(chunks: readonly Buffer[]): Generator<Buffer> {
  let small: Buffer[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    if (bytes > 0 && bytes + chunk.byteLength > WRITE_BYTES) {
      yield Buffer.concat(small, bytes);
      small = [];
      bytes = 0;
    }
    small.push(chunk);
    bytes += chunk.byteLength;
  }
  if (bytes > 0) yield Buffer.concat(small, bytes);
}
