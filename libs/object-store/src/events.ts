import type { ErrorClass, Operation } from './errors.ts';

/** A request is about to be sent. */
export interface RequestEvent {
  readonly operation: Operation;
  /** Which try this is, from 1. */
  readonly attempt: number;
}

/** An answer was read to its end, or as far as it was wanted. */
export interface ResponseEvent extends RequestEvent {
  /** Bytes of the body as they came over the wire. */
  readonly bytes: number;
  /** From sending the request to the end of the body, the reader's own time included. */
  readonly durationMs: number;
}

/** A sending failed, by its status, its body or its connection. */
export interface FailureEvent extends RequestEvent {
  readonly errorClass: ErrorClass;
  readonly durationMs: number;
}

/** The request will be sent again after a wait; of an object, only what is missing. */
export interface RetryEvent extends RequestEvent {
  readonly errorClass: ErrorClass;
  readonly delayMs: number;
}

/**
 * Facts for metrics and run records: the library itself logs nothing. Called synchronously, so keep them short; what they throw
 * is ignored. No event holds a key or anything of an object.
 */
export interface ObjectStoreEvents {
  onRequest?(event: RequestEvent): void;
  onResponse?(event: ResponseEvent): void;
  onFailure?(event: FailureEvent): void;
  onRetry?(event: RetryEvent): void;
}

/** Events whose listeners are all there. */
export type EventSink = Required<ObjectStoreEvents>;

/** Joins several listeners to one that never throws. */
export function eventSink(...listeners: readonly (ObjectStoreEvents | undefined)[]): EventSink {
  const present = listeners.filter((listener) => listener !== undefined);
  const tell = (call: (listener: ObjectStoreEvents) => void): void => {
    for (const listener of present) {
      try {
        call(listener);
      } catch {
        // A broken counter must not break the reading that it counts.
      }
    }
  };
  return {
    onRequest: (event) => tell((listener) => listener.onRequest?.(event)),
    onResponse: (event) => tell((listener) => listener.onResponse?.(event)),
    onFailure: (event) => tell((listener) => listener.onFailure?.(event)),
    onRetry: (event) => tell((listener) => listener.onRetry?.(event)),
  };
}
