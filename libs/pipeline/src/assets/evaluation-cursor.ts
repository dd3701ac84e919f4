import { createHash } from 'node:crypto';
import type { EvaluationFolder } from '@ovis/object-store';
import type { AllowlistDefinition } from '@ovis/pii-allowlist';
import { z } from 'zod';

/** How far a folder is staged. */
export interface EvaluationCursor {
  /** Of the folder that was being read: another one is read from its beginning. */
  readonly fingerprint: string;
  /** Place of the part among the folder's. */
  readonly part: number;
  /** Lines of it that are staged. */
  readonly afterLine: number;
  /** Lines that were seen so far in all parts, refused ones included. */
  readonly lines: number;
  /** Of these, the refused ones. */
  readonly refused: number;
}

const schema = z.object({
  fingerprint: z.string(),
  part: z.int().min(0),
  afterLine: z.int().min(0),
  lines: z.int().min(0),
  refused: z.int().min(0),
});

/** Reads a task's cursor; null if there is none, or none that this version can read. */
export function readEvaluationCursor(text: string | null): EvaluationCursor | null {
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Tells apart states of a folder, and what the allowlist made of it: another digest means that it is to be loaded again. */
export function fingerprintOf(folder: EvaluationFolder, allowlist: AllowlistDefinition): string {
  const parts = folder.parts.map(({ key, etag, size }) => [key, etag, size]);
  const fields = Object.entries(allowlist.fields).map(([path, { type, accepts, key }]) => [path, type, accepts, key]);
  return createHash('sha256')
    .update(JSON.stringify([parts, fields]))
    .digest('hex');
}
