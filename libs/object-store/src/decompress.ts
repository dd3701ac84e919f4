import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CorruptPartError, ObjectStoreError, type RequestFacts } from './errors.ts';

/** Fewer, larger pieces: each costs a turn through the thread pool. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Decompresses gzip, of one member or several behind each other (RFC 1952, section 2.2).
 *
 * @param stop called when nobody wants more, so that a wait for the network ends.
 * @throws CorruptPartError, or what `source` throws.
 */
export async function* gunzip(
  source: AsyncIterable<Buffer>,
  facts: RequestFacts,
  stop: () => void,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  const failure: { error?: unknown } = {};
  const counted = async function* (): AsyncGenerator<Buffer> {
    try {
      for await (const piece of source) {
        bytes += piece.length;
        yield piece;
      }
    } catch (error) {
      // The stream ends here, so that what came before is decompressed and given out first.
      failure.error = error;
    }
  };
  const decoder = createGunzip({ chunkSize: CHUNK_BYTES });

  const piped = new Promise<void>((resolve) => {
    // Its error is the decoder's, which is met below.
    pipeline(counted(), decoder, () => resolve());
  });
  try {
    for await (const piece of decoder) yield piece as Buffer;
    if (failure.error !== undefined) throw failure.error;
    // Node passes over what stands behind the last member.
    if (decoder.bytesWritten !== bytes) throw new CorruptPartError(facts, 'corrupt_gzip');
  } catch (error) {
    throw failure.error ?? zlibError(error, facts);
  } finally {
    stop();
    decoder.destroy();
    await piped;
  }
}

function zlibError(error: unknown, facts: RequestFacts): unknown {
  if (error instanceof ObjectStoreError || !(error instanceof Error) || !('code' in error)) return error;
  // zlib's name for input that ends too early.
  if (error.code === 'Z_BUF_ERROR') return new CorruptPartError(facts, 'truncated_gzip');
  return typeof error.code === 'string' && error.code.startsWith('Z_')
    ? new CorruptPartError(facts, 'corrupt_gzip')
    : error;
}
