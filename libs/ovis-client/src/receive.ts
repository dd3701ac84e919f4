import type { Dispatcher } from 'undici';

/** An answer as it came. */
export interface Received {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  /** Still encoded; null where the body was not wanted. */
  readonly body: Uint8Array | null;
}

/** What happens on the way of one request. */
export interface Receiving {
  /** Ends the request at once, wherever it is: waiting for a connection, for headers or in its body. */
  readonly signal: AbortSignal;
  /** From the headers: whether the body is wanted. */
  readonly wantsBody: (status: number, headers: Received['headers']) => boolean;
}

/** Bodies that are not wanted are read up to here, so that their connection can be used again; then it is dropped. */
const MAX_DISCARDED_BYTES = 64 * 1024;
const MAX_DISCARD_MS = 1000;

/**
 * Sends a request and collects its answer. Straight from undici's parser: its promise API makes a stream of every body, which costs more
 * than the whole of a small answer.
 *
 * @throws the signal's reason, what `wantsBody` throws, or what undici gives.
 */
export function receive(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  receiving: Receiving,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const receiver = new Receiver(receiving, resolve, reject);
    try {
      if (receiver.isWaiting) dispatcher.dispatch(request, receiver);
    } catch (error) {
      receiver.fail(error);
    }
  });
}

class Receiver implements Dispatcher.DispatchHandler {
  readonly #receiving: Receiving;
  readonly #resolve: (received: Received) => void;
  readonly #reject: (error: unknown) => void;
  readonly #onAbort = (): void => this.fail(this.#receiving.signal.reason);
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: Received['headers'] = {};
  #isWanted = true;
  #discardedBytes = 0;
  #discardTimer: NodeJS.Timeout | undefined;
  #isSettled = false;

  constructor(receiving: Receiving, resolve: (received: Received) => void, reject: (error: unknown) => void) {
    this.#receiving = receiving;
    this.#resolve = resolve;
    this.#reject = reject;
    const { signal } = receiving;
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Whether the answer is still to come. */
  get isWaiting(): boolean {
    return !this.#isSettled;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It was ended while it waited for a connection.
    if (this.#isSettled) controller.abort(new Error('the request has ended'));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Received['headers']): void {
    // An interim answer: the real one follows.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    this.#isWanted = this.#receiving.wantsBody(status, headers);
    if (!this.#isWanted) this.#discardTimer = setTimeout(() => this.#drop(), MAX_DISCARD_MS);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isWanted) this.#chunks.push(chunk);
    else {
      this.#discardedBytes += chunk.length;
      if (this.#discardedBytes > MAX_DISCARDED_BYTES) this.#drop();
    }
  }

  onResponseEnd(): void {
    this.#finish();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    // What was to be known of an answer that is not wanted is known from its headers.
    if (this.#isWanted) this.fail(error);
    else this.#finish();
  }

  fail(error: unknown): void {
    if (!this.#settle()) return;
    this.#reject(error);
    this.#controller?.abort(error instanceof Error ? error : new Error('the request has ended'));
  }

  #drop(): void {
    this.#finish();
    this.#controller?.abort(new Error('the body is not wanted'));
  }

  #finish(): void {
    if (!this.#settle()) return;
    const [first] = this.#chunks;
    const whole = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    this.#resolve({ status: this.#status, headers: this.#headers, body: this.#isWanted ? whole : null });
  }

  /** @returns false if it was settled before. */
  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    clearTimeout(this.#discardTimer);
    this.#receiving.signal.removeEventListener('abort', this.#onAbort);
    return true;
  }
}
