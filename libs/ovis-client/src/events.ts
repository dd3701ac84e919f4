import type { ErrorClass, Operation } from './errors.ts';

/** A request is about to be sent. */
export interface RequestEvent {
  readonly shard: string;
  readonly operation: Operation;
  /** Which try of the same request this is, from 1; the sending with a token renewed after a 401 has the same number. */
  readonly attempt: number;
}

/** An answer was read to its end, whatever its status. */
export interface ResponseEvent extends RequestEvent {
  readonly status: number;
  /** From sending the request to the end of the body. */
  readonly durationMs: number;
  /** Bytes of the body after decompression; 0 for statuses other than 200, whose bodies are thrown away. */
  readonly bytes: number;
  /** Bytes of the body as they came over the wire, headers not counted. */
  readonly encodedBytes: number;
}

/** A sending failed, by its status, its body or its connection. */
export interface FailureEvent extends RequestEvent {
  readonly errorClass: ErrorClass;
  readonly durationMs: number;
}

/** The request will be sent again after a wait. */
export interface RetryEvent extends RequestEvent {
  /** Why: the class of the failure. `attempt` is the one that failed. */
  readonly errorClass: ErrorClass;
  /** The wait in milliseconds. */
  readonly delayMs: number;
}

/** The request will not be sent again although its last failure was transient. */
export interface GiveUpEvent extends RequestEvent {
  readonly errorClass: ErrorClass;
  /** `attempts`: as often as allowed. `budget`: the shard's retry budget is spent. */
  readonly reason: 'attempts' | 'budget';
}

/** A login ended. */
export interface LoginEvent {
  readonly shard: string;
  /** `first`: no token yet. `expiring`: before the token's end. `refused`: the shard answered 401. */
  readonly cause: 'first' | 'expiring' | 'refused';
  readonly outcome: 'succeeded' | 'failed' | 'aborted';
  /** With retries and waits. */
  readonly durationMs: number;
  /** Null unless it failed. */
  readonly errorClass: ErrorClass | null;
}

/** A shard's circuit changed. */
export interface CircuitEvent {
  readonly shard: string;
  /** `open`: requests fail at once. `half_open`: one probe is let through. `closed`: all is well. */
  readonly state: 'closed' | 'open' | 'half_open';
}

/**
 * Facts for metrics and run records: the library itself logs nothing. Called synchronously, so keep them short; what
 * they throw is ignored. No event holds an id of a customer, a cursor, a token or anything else from a body.
 */
export interface ClientEvents {
  onRequest?(event: RequestEvent): void;
  onResponse?(event: ResponseEvent): void;
  onFailure?(event: FailureEvent): void;
  onRetry?(event: RetryEvent): void;
  onGiveUp?(event: GiveUpEvent): void;
  /** Also given to the listing that started the login. */
  onLogin?(event: LoginEvent): void;
  /** Given to the client's events only: a circuit belongs to no listing. */
  onCircuitChange?(event: CircuitEvent): void;
}

/** Events whose listeners are all there. */
export type EventSink = Required<ClientEvents>;

/** Joins several listeners to one that never throws. */
export function eventSink(...listeners: readonly (ClientEvents | undefined)[]): EventSink {
  const present = listeners.filter((listener) => listener !== undefined);
  const tell = (call: (listener: ClientEvents) => void): void => {
    for (const listener of present) {
      try {
        call(listener);
      } catch {
        // A broken counter must not break the request that it counts.
      }
    }
  };
  return {
    onRequest: (event) => tell((listener) => listener.onRequest?.(event)),
    onResponse: (event) => tell((listener) => listener.onResponse?.(event)),
    onFailure: (event) => tell((listener) => listener.onFailure?.(event)),
    onRetry: (event) => tell((listener) => listener.onRetry?.(event)),
    onGiveUp: (event) => tell((listener) => listener.onGiveUp?.(event)),
    onLogin: (event) => tell((listener) => listener.onLogin?.(event)),
    onCircuitChange: (event) => tell((listener) => listener.onCircuitChange?.(event)),
  };
}
