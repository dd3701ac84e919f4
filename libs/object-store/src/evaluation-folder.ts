import { parseResultKey } from './object-key.ts';

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  /** Without quotes. */
  readonly etag: string;
  /** Bytes as stored. */
  readonly size: number;
}

/** A part of a folder. */
export interface EvaluationPart extends ListedObject {
  readonly algorithm: string;
  /** The folder's day, e.g. `2026-11-22`. */
  readonly folderDate: string;
  /** From the key: 0 … 99 999. */
  readonly partNumber: number;
  readonly compression: 'gzip' | 'none';
}

/** A folder that is complete: its `_SUCCESS` is there. */
export interface EvaluationFolder {
  readonly algorithm: string;
  readonly folderDate: string;
  /** ETag of `_SUCCESS`. */
  readonly successEtag: string;
  /** In the order of their keys; may be empty. At most 200 000, by the form of their keys. */
  readonly parts: readonly EvaluationPart[];
}

/** What a listing has come across so far. */
export interface ListingCounts {
  /** Requests that brought keys. */
  readonly pages: number;
  /** Objects of any form. */
  readonly objects: number;
  /** Objects whose keys have another form than the documented one. Their keys are kept nowhere. */
  readonly ignoredObjects: number;
  readonly completeFolders: number;
  /** Folders without `_SUCCESS`. */
  readonly incompleteFolders: number;
}

/** The same, while counting. */
export type Counting = { -readonly [K in keyof ListingCounts]: number };

/** Counts of nothing yet. */
export function noCounts(): Counting {
  return { pages: 0, objects: 0, ignoredObjects: 0, completeFolders: 0, incompleteFolders: 0 };
}

interface OpenFolder {
  readonly algorithm: string;
  readonly folderDate: string;
  successEtag: string | null;
  readonly parts: EvaluationPart[];
}

/**
 * Gathers listed objects to complete folders. One folder is held at a time: in the order of keys, what begins with
 * `<algorithm>/<day>/` stands together.
 *
 * @param pages pages of a listing in the order of keys.
 * @param counts counted up on the way.
 */
export async function* gatherFolders(
  pages: AsyncIterable<readonly ListedObject[]>,
  counts: Counting,
): AsyncGenerator<EvaluationFolder> {
  let open: OpenFolder | null = null;
  for await (const page of pages) {
    counts.pages++;
    for (const object of page) {
      counts.objects++;
      const key = parseResultKey(object.key);
      if (key === null) {
        counts.ignoredObjects++;
        continue;
      }
      const { algorithm, folderDate } = key;
      if (open === null || open.algorithm !== algorithm || open.folderDate !== folderDate) {
        const folder = closed(open, counts);
        if (folder !== null) yield folder;
        open = { algorithm, folderDate, successEtag: null, parts: [] };
      }
      if (key.kind === 'success') open.successEtag = object.etag;
      else {
        const { partNumber, compression } = key;
        open.parts.push({ ...object, algorithm, folderDate, partNumber, compression });
      }
    }
  }
  const folder = closed(open, counts);
  if (folder !== null) yield folder;
}

function closed(open: OpenFolder | null, counts: Counting): EvaluationFolder | null {
  if (open === null) return null;
  const { successEtag, ...folder } = open;
  if (successEtag === null) {
    counts.incompleteFolders++;
    return null;
  }
  counts.completeFolders++;
  return { ...folder, successEtag };
}

/** Whether two listings of a folder show the same objects: key by key the same ETags and sizes. */
export function isSameFolder(before: EvaluationFolder, after: EvaluationFolder): boolean {
  return (
    before.algorithm === after.algorithm &&
    before.folderDate === after.folderDate &&
    before.successEtag === after.successEtag &&
    before.parts.length === after.parts.length &&
    before.parts.every((part, place) => {
      const other = after.parts[place];
      return part.key === other?.key && part.etag === other.etag && part.size === other.size;
    })
  );
}
