import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, type BigIntStats } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Moments of a file system may be as coarse as this: a file that was just written may be written again without showing it. */
const COARSEST_CLOCK_NS = 2_000_000_000n;

/** What a file looked like when it was read. */
export interface TracedFile {
  readonly path: string;
  /** Of its content; null: there was no such file. */
  readonly hash: string | null;
  /** Inode, device, size, times of the last change of content and of anything; null where they say nothing of the content. */
  readonly stamp: string | null;
}

/** Everything that was read from disk: if all of it is the same, reading again gives the same. */
export interface FileTrace {
  readonly files: readonly TracedFile[];
  /** By folder: a digest of the names in it (with those in its folders, where `isDeep`). */
  readonly folders: readonly { readonly path: string; readonly isDeep: boolean; readonly hash: string }[];
}

/** Reads files and lists folders, and keeps what it saw. */
export class TracedFiles {
  readonly #files = new Map<string, TracedFile>();
  readonly #folders = new Map<string, FileTrace['folders'][number]>();
  readonly #startedNs = BigInt(Date.now()) * 1_000_000n;

  /** @returns null when there is no such file. @throws when it cannot be read for another reason. */
  read(path: string): Buffer | null {
    // The stamp is taken first: a change while the file is read shows in the next one.
    const stats = statOf(path);
    const bytes = stats === null ? null : readFileSync(path);
    this.#files.set(path, {
      path,
      hash: bytes === null ? null : hashOf(bytes),
      stamp: stats === null ? null : stampOf(stats, this.#startedNs),
    });
    return bytes;
  }

  /** The files below a folder, as paths below `root`; none where it is no folder. */
  listDeep(root: string, folder: string): readonly string[] {
    const path = join(root, folder);
    const names = deepNames(path);
    this.#folders.set(`deep ${path}`, { path, isDeep: true, hash: namesHash(names) });
    const start = relative(root, path).split(sep).join('/');
    return names.map((name) => (start === '' ? name : `${start}/${name}`));
  }

  /** The folders (and links) in a folder, sorted; none where it is no folder. */
  listFolders(path: string): readonly string[] {
    const names = folderNames(path);
    this.#folders.set(`flat ${path}`, { path, isDeep: false, hash: namesHash(names) });
    return names;
  }

  trace(): FileTrace {
    return { files: [...this.#files.values()], folders: [...this.#folders.values()] };
  }
}

/**
 * Looks whether all that a trace holds is still so. Content is read again only where a file's stamp does not vouch for it.
 *
 * @returns null if anything changed; else the trace with the stamps of now.
 */
export function unchangedTrace(trace: FileTrace): FileTrace | null {
  const startedNs = BigInt(Date.now()) * 1_000_000n;
  for (const { path, isDeep, hash } of trace.folders)
    if (namesHash(isDeep ? deepNames(path) : folderNames(path)) !== hash) return null;
  const files: TracedFile[] = [];
  for (const file of trace.files) {
    const stats = statOf(file.path);
    if (stats === null || file.hash === null) {
      if (stats !== null || file.hash !== null) return null;
      files.push(file);
    } else if (file.stamp !== null && file.stamp === stampOf(stats, startedNs)) {
      files.push(file);
    } else {
      if (hashOf(readFileSync(file.path)) !== file.hash) return null;
      files.push({ ...file, stamp: stampOf(stats, startedNs) });
    }
  }
  return { files, folders: trace.folders };
}

export function hashOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('base64');
}

function statOf(path: string): BigIntStats | null {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.isFile() === true ? stats : null;
}

/**
 * Programs can set the time of the last change of content, but not that of the last change of anything, so the two with the inode and the size tell
 * contents apart; unless the file was written so shortly before that the next change could carry the same time.
 */
function stampOf({ ino, dev, size, mtimeNs, ctimeNs }: BigIntStats, readAtNs: bigint): string | null {
  const newest = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  return newest + COARSEST_CLOCK_NS < readAtNs ? `${ino} ${dev} ${size} ${mtimeNs} ${ctimeNs}` : null;
}

/** Files and links at any depth, but those whose names begin with a dot; with forward slashes, sorted. */
function deepNames(path: string): readonly string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const names: string[] = [];
  const folders = [''];
  // The recursive listing of Node takes five times as long.
  for (let prefix = folders.pop(); prefix !== undefined; prefix = folders.pop()) {
    for (const entry of readdirSync(prefix === '' ? path : join(path, prefix), { withFileTypes: true })) {
      if (entry.isDirectory()) folders.push(`${prefix}${entry.name}/`);
      else if ((entry.isFile() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
        names.push(`${prefix}${entry.name}`);
    }
  }
  return names.toSorted();
}

function folderNames(path: string): readonly string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => name)
    .toSorted();
}

function namesHash(names: readonly string[]): string {
  return hashOf(names.join('\0'));
}
