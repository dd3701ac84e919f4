import { gzipSync } from 'node:zlib';
import type { EvaluationFolder, EvaluationPart, LineGroup, ObjectStore, ReadPartOptions } from '../src/index.ts';

/** Lines of evaluation results: device numbers from `first`. */
export function resultLines(first: number, count: number): string {
  return Array.from({ length: count }, (_, n) => `${JSON.stringify(resultOf(first + n))}\n`).join('');
}

/** A result as in the contract. */
export function resultOf(device: number): Record<string, unknown> {
  return {
    deviceId: `d-${String(device).padStart(8, '0')}`,
    algorithm: 'voltage-knee',
    algorithmVersion: '2.3.0',
    evaluatedAt: '2026-11-22T01:40:12Z',
    predictedRemainingDays: device % 900,
    confidence: 0.87,
    features: { voltageSlope: -0.0021, coldStarts: 3 },
    reviewedBy: 'person@example.com',
  };
}

/** Gzip as an object's content. */
export function gz(text: string): Uint8Array {
  return gzipSync(text);
}

/** Everything that an iterable gives. */
export async function allOf<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

/** All complete folders. */
export async function foldersOf(store: ObjectStore): Promise<EvaluationFolder[]> {
  return allOf(store.listFolders());
}

/** The first part of the only folder. */
export async function onlyPart(store: ObjectStore): Promise<EvaluationPart> {
  const [folder] = await foldersOf(store);
  const part = folder?.parts[0];
  if (part === undefined) throw new TypeError('no part is listed');
  return part;
}

/** A part's groups. */
export async function groupsOf(
  store: ObjectStore,
  part: EvaluationPart,
  options: ReadPartOptions = {},
): Promise<LineGroup[]> {
  return allOf(store.readPart(part, options));
}

/** What a part's lines hold. */
export function valuesOf(groups: readonly LineGroup[]): unknown[] {
  return groups.flatMap(({ lines }) => lines.map(({ value }) => value));
}
