import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { CANARY_MARKS } from '../documents/canary.ts';
import { SimulatorOptionError } from '../errors.ts';
import type { Truth } from '../truth/truth.ts';
import { worldSeconds } from '../truth/world-seconds.ts';
import { METRICS, type Metric } from '../world/daily-aggregate.ts';
import { firmwareReleases } from '../world/firmware.ts';
import { isoTime, WORLD_BEGIN } from '../world/time.ts';
import type { SimulatedClock } from './clock.ts';
import type { ShardRequests } from './counters.ts';
import { listen, type RunningServer } from './listen.ts';
import { readJson } from './read-json.ts';

/** What the control server tells and sets. */
export interface ControlParts {
  readonly clock: SimulatedClock;
  readonly truth: Truth;
  readonly requests: () => readonly ShardRequests[];
  readonly resetRequests: () => void;
}

type Reply = { readonly document: unknown } | { readonly lines: Iterable<unknown> };

interface ControlRequest extends ControlParts {
  readonly query: URLSearchParams;
  /** The query's `at`, or the simulated time. */
  readonly at: Date;
  readonly request: IncomingMessage;
}

interface Route {
  /** What it does, for whoever asks `GET /`. */
  readonly about: string;
  readonly reply: (asked: ControlRequest) => Reply | Promise<Reply>;
}

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /': {
    about: 'this list',
    reply: () => ({ document: Object.fromEntries(Object.entries(ROUTES).map(([name, { about }]) => [name, about])) }),
  },
  'GET /time': { about: '{ now, running }', reply: tellTime },
  'PUT /time': {
    about: 'sets the simulated time: { now, running? }; it stands still unless running is true',
    reply: async (asked) => {
      await setTime(asked.clock, asked.request);
      return tellTime(asked);
    },
  },
  'GET /requests': {
    about: 'requests per shard: total, maxConcurrent, logins, faults',
    reply: ({ requests }) => ({ document: requests() }),
  },
  'DELETE /requests': {
    about: 'sets these to zero',
    reply: ({ requests, resetRequests }) => {
      resetRequests();
      return { document: requests() };
    },
  },
  'GET /truth/counts': { about: 'size of the fleet (?at)', reply: ({ truth, at }) => ({ document: truth.counts(at) }) },
  'GET /truth/customers': {
    about: 'customers, one a line (?at)',
    reply: ({ truth, at }) => ({ lines: truth.customers(at) }),
  },
  'GET /truth/broken': {
    about: 'broken customers, one a line (?at)',
    reply: ({ truth, at }) => ({ lines: truth.brokenCustomers(at) }),
  },
  'GET /truth/devices': {
    about: 'devices with their expected state, one a line (?at, ?customerId)',
    reply: ({ truth, at, query }) => ({ lines: truth.devices(at, query.get('customerId') ?? undefined) }),
  },
  'GET /truth/nodes': {
    about: 'expected hierarchy nodes of a customer, one a line (?customerId, ?at)',
    reply: ({ truth, at, query }) => ({ lines: truth.nodes(required(query, 'customerId'), at) }),
  },
  'GET /truth/aggregates': {
    about: 'expected daily aggregates of a customer, one a line (?customerId, ?metric, ?date, ?at)',
    reply: ({ truth, at, query }) => ({ lines: truth.aggregates(aggregateQuestion(query), at) }),
  },
  'GET /truth/changes': {
    about: 'what happened to each device between two queries, one a line (?from, ?to, ?deviceId)',
    reply: ({ truth, at, query }) => ({ lines: changes(truth, query, at) }),
  },
  'GET /truth/firmware': {
    about: 'firmware releases until a time, one a line (?at)',
    reply: ({ at }) => ({ lines: firmwareReleases(WORLD_BEGIN, worldSeconds(at)).map(readableRelease) }),
  },
  'GET /truth/canaries': {
    about: 'the texts that mark personal data',
    reply: () => ({ document: CANARY_MARKS }),
  },
};

/** Starts the control server. It is not part of the contract: it sets the time and tells the truth, to anybody. */
export async function startControlServer(host: string, port: number, parts: ControlParts): Promise<RunningServer> {
  const server = createServer((request, response) => void serve(parts, request, response));
  return listen(server, host, port);
}

async function serve(parts: ControlParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://control');
    const route = ROUTES[`${request.method} ${pathname}`];
    if (route === undefined) {
      sendError(response, 404, `there is no ${request.method} ${pathname}; GET / lists what there is`);
      return;
    }
    const at = readTime(query, 'at', new Date(parts.clock.now()));
    const reply = await route.reply({ ...parts, query, at, request });
    if ('lines' in reply) await sendLines(response, reply.lines);
    else sendDocument(response, 200, reply.document);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else if (error instanceof SimulatorOptionError) sendError(response, 400, error.message);
    else sendError(response, 500, error instanceof Error ? error.message : String(error));
  }
}

function tellTime({ clock }: ControlRequest): Reply {
  return { document: { now: new Date(clock.now()).toISOString(), running: clock.running } };
}

async function setTime(clock: SimulatedClock, request: IncomingMessage): Promise<void> {
  const body = await readJson(request);
  const { now, running = false } = body ?? {};
  if (typeof now !== 'string' || typeof running !== 'boolean') {
    throw new SimulatorOptionError('now', 'send a JSON object such as {"now":"2026-11-22T00:00:00Z","running":false}');
  }
  clock.set(worldSeconds(new Date(now), 'now') * 1000, running);
}

function readTime(query: URLSearchParams, name: string, fallback: Date | null): Date {
  const text = query.get(name);
  if (text === null && fallback !== null) return fallback;
  const time = new Date(text ?? '');
  worldSeconds(time, name);
  return time;
}

function required(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value === null) throw new SimulatorOptionError(name, `${name} is missing in the query`);
  return value;
}

function aggregateQuestion(query: URLSearchParams): { customerId: string; metric: Metric; date: string } {
  const metric = METRICS.find((name) => name === query.get('metric'));
  if (metric === undefined) throw new SimulatorOptionError('metric', `metric must be one of ${METRICS.join(', ')}`);
  return { customerId: required(query, 'customerId'), metric, date: required(query, 'date') };
}

function changes(truth: Truth, query: URLSearchParams, at: Date): Iterable<unknown> {
  const from = readTime(query, 'from', null);
  const to = readTime(query, 'to', at);
  const device = query.get('deviceId');
  return device === null ? truth.changes(from, to) : [truth.deviceChanges(device, from, to)];
}

function readableRelease({ version, releasedAt }: { version: string; releasedAt: number }): unknown {
  return { version, releasedAt: isoTime(releasedAt) };
}

function sendDocument(response: ServerResponse, status: number, document: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(document)}\n`);
}

function sendError(response: ServerResponse, status: number, error: string): void {
  sendDocument(response, status, { error });
}

/** Sends one JSON document a line, no faster than they are read. */
async function sendLines(response: ServerResponse, lines: Iterable<unknown>): Promise<void> {
  let batch: string[] = [];
  const headers = { 'content-type': 'application/x-ndjson' };
  for (const line of lines) {
    batch.push(`${JSON.stringify(line)}\n`);
    if (batch.length < 500) continue;
    if (!response.headersSent) response.writeHead(200, headers);
    if (!response.write(batch.join(''))) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    if (response.destroyed) return;
    batch = [];
  }
  if (!response.headersSent) response.writeHead(200, headers);
  response.end(batch.join(''));
}
