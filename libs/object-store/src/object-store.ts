import type { EvaluationFolder, EvaluationPart, ListingCounts } from './evaluation-folder.ts';
import type { ObjectStoreEvents } from './events.ts';
import type { LineGroup } from './line-group.ts';

/** Options of everything that asks the store. */
export interface AskOptions {
  /** Ends waits and requests at once; the call rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the requests of this call, besides the store's own listener. */
  readonly events?: ObjectStoreEvents | undefined;
}

/** Options of the reading of a part. */
export interface ReadPartOptions extends AskOptions {
  /** Lines up to this number were read before and are skipped. Default 0. Where to go on: `lastLine` of a group. */
  readonly afterLine?: number | undefined;
  /** See the option of the store. */
  readonly maxGroupBytes?: number | undefined;
  /** See the option of the store. */
  readonly maxGroupLines?: number | undefined;
}

/** The complete folders of the bucket in the order of their keys, and what was seen on the way. */
export interface FolderListing extends AsyncIterable<EvaluationFolder> {
  /** Of the iteration that was begun last; complete when it has ended. */
  readonly counts: ListingCounts;
}

/** Reads evaluation results. Take this interface in your own code, so that tests can give the stub. */
export interface ObjectStore extends AsyncDisposable {
  readonly bucket: string;
  /**
   * All complete folders. Nothing is asked for before the first one is wanted, and one page of a thousand keys at a time is
   * held. Iterating again asks again.
   */
  listFolders(options?: AskOptions): FolderListing;
  /**
   * One folder as it is now, to see whether it changed while it was read.
   *
   * @returns null if it is not complete or not there.
   * @throws ObjectStoreOptionError if the algorithm is no identifier or the date no day.
   */
  findFolder(algorithm: string, folderDate: string, options?: AskOptions): Promise<EvaluationFolder | null>;
  /**
   * The lines of a part in groups, exactly of the object that was listed: another ETag or length is an error. What is read
   * ahead is a few pieces of the network; leaving the loop closes the connection. A reading that fails has given whole groups:
   * go on after the last one's `lastLine`.
   */
  readPart(part: EvaluationPart, options?: ReadPartOptions): AsyncIterable<LineGroup>;
  /** Ends what runs with StoreClosedError, closes the connections; may be called again. */
  close(): Promise<void>;
}
