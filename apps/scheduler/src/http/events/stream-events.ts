import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { RecordedEvent } from '@ovis/orchestrator';
import type { EventFeed } from './event-feed.ts';

/** So that proxies do not take a quiet stream for a dead one. */
const SAY_SOMETHING_EVERY_MS = 15_000;
const RECONNECT_AFTER_MS = 2_000;

/** What a stream is to hold. */
export interface EventStream {
  /** The number behind which it begins; undefined: at the present end. */
  readonly after: number | undefined;
  readonly runId: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Writes events as server-sent events, until the signal or the client ends it. A slow client is waited for: nothing piles up.
 * See https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function streamEvents(feed: EventFeed, response: ServerResponse, stream: EventStream): Promise<void> {
  const { runId } = stream;
  const ended = new AbortController();
  response.once('close', () => ended.abort());
  const signal = AbortSignal.any([stream.signal, ended.signal]);
  const opened = await feed.open();
  try {
    let position = stream.after ?? opened.position;
    response.write(`retry: ${String(RECONNECT_AFTER_MS)}\n\n`);
    while (!signal.aborted) {
      const page = await feed.read(position, runId);
      position = page.position;
      const text = page.events.map(formatEvent).join('');
      if (text !== '' && !response.write(text)) await once(response, 'drain', { signal }).catch(() => undefined);
      if (page.events.length > 0) continue;
      const before = performance.now();
      await feed.wait(position, SAY_SOMETHING_EVERY_MS, signal);
      if (performance.now() - before >= SAY_SOMETHING_EVERY_MS) response.write(': nothing new\n\n');
    }
  } finally {
    opened.close();
    response.end();
  }
}

/** JSON holds no line break, so one `data` line is enough. */
function formatEvent(event: RecordedEvent): string {
  return `id: ${String(event.eventId)}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
}
