import { gunzip } from './decompress.ts';
import { BucketError, ObjectStoreOptionError, PartLimitError, type RequestFacts } from './errors.ts';
import type { EvaluationPart } from './evaluation-folder.ts';
import type { ObjectStoreLimits } from './limits.ts';
import type { LineGroup } from './line-group.ts';
import { LineReader, type LineLimits } from './line-reader.ts';
import type { ReadPartOptions } from './object-store.ts';

/** A part's bytes as they are stored, and what they belong to. */
export interface StoredBytes {
  readonly bytes: AsyncIterable<Buffer>;
  readonly facts: RequestFacts;
  /** Ends a wait for more of them. */
  readonly stop: () => void;
}

/**
 * Turns a part's bytes into groups of lines.
 *
 * @throws PartLimitError, CorruptPartError, or what the bytes throw.
 */
export async function* readLines(
  part: EvaluationPart,
  { bytes, facts, stop }: StoredBytes,
  limits: LineLimits & Pick<ObjectStoreLimits, 'maxDecodedBytes'>,
): AsyncGenerator<LineGroup> {
  const reader = new LineReader(limits);
  const decoded = part.compression === 'gzip' ? gunzip(bytes, facts, stop) : bytes;
  let decodedBytes = 0;
  try {
    for await (const piece of decoded) {
      decodedBytes += piece.length;
      if (decodedBytes > limits.maxDecodedBytes) {
        throw new PartLimitError(facts, 'decoded_too_large', limits.maxDecodedBytes);
      }
      yield* reader.push(piece);
    }
    yield* reader.end();
  } catch (error) {
    // The next reading goes on behind them.
    if (error instanceof BucketError) yield* reader.rest();
    throw error;
  }
}

/**
 * The bounds of one reading.
 *
 * @throws ObjectStoreOptionError for a number that cannot be used.
 */
export function lineLimits(limits: ObjectStoreLimits, options: ReadPartOptions): ObjectStoreLimits & LineLimits {
  const { afterLine = 0, maxGroupBytes = limits.maxGroupBytes, maxGroupLines = limits.maxGroupLines } = options;
  const checked = { maxGroupBytes, maxGroupLines, afterLine };
  for (const [name, value] of Object.entries(checked)) {
    const least = name === 'afterLine' ? 0 : 1;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new ObjectStoreOptionError(name, `is ${String(value)}; give a whole number from ${least}`);
    }
  }
  return { ...limits, ...checked };
}
