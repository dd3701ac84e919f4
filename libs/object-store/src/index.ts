export {
  AccessError,
  BucketError,
  CorruptPartError,
  EndlessListingError,
  HttpStatusError,
  InvalidAnswerError,
  MissingBucketError,
  MissingObjectError,
  NetworkError,
  ObjectChangedError,
  ObjectStoreError,
  ObjectStoreOptionError,
  PartLimitError,
  RedirectError,
  StoreClosedError,
  TimeoutError,
  TlsError,
  type AccessErrorClass,
  type CorruptPartClass,
  type ErrorClass,
  type InvalidAnswerClass,
  type Operation,
  type PartLimitClass,
  type RequestFacts,
  type TimeoutPhase,
} from './errors.ts';
export {
  isSameFolder,
  type EvaluationFolder,
  type EvaluationPart,
  type ListedObject,
  type ListingCounts,
} from './evaluation-folder.ts';
export type { FailureEvent, ObjectStoreEvents, RequestEvent, ResponseEvent, RetryEvent } from './events.ts';
export type { ObjectStoreLimits } from './limits.ts';
export type { EvaluationLine, LineGroup, MalformedLine, MalformedReason } from './line-group.ts';
export { parseResultKey, type ResultKey } from './object-key.ts';
export type { AskOptions, FolderListing, ObjectStore, ReadPartOptions } from './object-store.ts';
export { S3ObjectStore, type S3ObjectStoreOptions } from './s3-object-store.ts';
export { parseObjectStoreSettings, type ObjectStoreSettings } from './settings.ts';
