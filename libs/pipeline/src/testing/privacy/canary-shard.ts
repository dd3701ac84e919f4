import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { holdsCanary, MARK } from './canaries.ts';
import type { CanaryWorld } from './canary-world.ts';

/** A shard that puts canaries wherever HTTP and the contract leave room for them. */
export interface CanaryShard extends AsyncDisposable {
  readonly url: string;
  /** Requests that were answered. */
  readonly requests: number;
}

/** Customers whose documents are served; the last one is refused its customer-level aggregates. */
export const CUSTOMERS = ['c-1', 'c-2', 'c-3', 'c-4'];
const PAGE = 100;

/** Each name is a customer of whom everything is answered like that. */
const FAULTS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'problem-403': (response) => problem(response, 403),
  'problem-404': (response) => problem(response, 404),
  'problem-418': (response) => problem(response, 418),
  'problem-429': (response) => problem(response, 429, { 'retry-after': `${MARK}, 1 Jan` }),
  'problem-500': (response) => problem(response, 500),
  'html-502': (response) =>
    send(response, 502, `<h1>${MARK}</h1><a href="mailto:${MARK}@example.com">`, { 'content-type': 'text/html' }),
  'html-200': (response) => send(response, 200, `<h1>${MARK}</h1>`, { 'content-type': 'text/html' }),
  'type-of-nobody': (response) => send(response, 200, '{}', { 'content-type': `text/${MARK}; charset="${MARK}"` }),
  'encoding-of-nobody': (response) => send(response, 200, '{}', { 'content-encoding': MARK }),
  'no-gzip': (response) => send(response, 200, MARK, { 'content-encoding': 'gzip' }),
  'no-json': (response) => send(response, 200, `{"items": [${MARK}, "${MARK}`),
  'no-page': (response) => send(response, 200, JSON.stringify({ items: MARK, nextCursor: { [MARK]: MARK } })),
  'no-cursor': (response) => send(response, 200, JSON.stringify({ items: [], nextCursor: [MARK] })),
  'cursor-loop': (response) => send(response, 200, JSON.stringify({ items: [], nextCursor: `${MARK} again` })),
  redirect: (response) => send(response, 302, MARK, { location: `http://${MARK}.example.com/${MARK}?name=${MARK}` }),
  cut: (response) => {
    response.writeHead(200, { ...headers(), 'content-length': '10000' });
    response.write(`{"items":[{"name":"${MARK}"}`, () => response.destroy());
  },
  'no-http': (response) => void response.socket?.end(`${MARK} is no HTTP\r\n${MARK}\r\n\r\n`),
  'bad-header': (response) =>
    void response.socket?.end(`HTTP/1.1 200 OK\r\n${MARK} : ${MARK}\r\nx\u0000${MARK}\r\n\r\n`),
};

/** Names of customers who are answered with nothing but faults. */
export const FAULTY_CUSTOMERS: readonly string[] = Object.keys(FAULTS);

/** Starts the shard. */
export async function startCanaryShard(world: CanaryWorld): Promise<CanaryShard> {
  let requests = 0;
  const tried = new Set<string>();
  const server = createServer((request, response) => {
    requests += 1;
    answer(world, request, response, tried);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    get requests() {
      return requests;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(world: CanaryWorld, request: IncomingMessage, response: ServerResponse, tried: Set<string>): void {
  const url = new URL(request.url ?? '/', 'http://shard');
  if (request.method === 'POST') {
    request.resume();
    return sendJson(response, { accessToken: `${MARK}-token`, tokenType: 'Bearer', expiresIn: 900, [MARK]: MARK });
  }
  // Each page first fails in a way that is tried again.
  if (!tried.has(url.href)) {
    tried.add(url.href);
    if (tried.size % 5 === 0) return problem(response, 503, { 'retry-after': MARK });
    if (tried.size % 7 === 0) return send(response, 502, `<p>${MARK}</p>`, { 'content-type': 'text/html' });
  }
  const [, scope = '', id = '', listing = ''] =
    /^\/api\/v1\/(customers|devices)(?:\/([^/]*)\/(.*))?$/.exec(url.pathname) ?? [];
  const customer = decodeURIComponent(id);
  const cursor = Number(/\d+$/.exec(url.searchParams.get('cursor') ?? '')?.[0] ?? 0);
  if (scope === 'devices') return deviceAggregate(world, url, customer, response);
  if (id === '') {
    const named = [...CUSTOMERS, ...FAULTY_CUSTOMERS].map((customerId) => ({ customerId, name: MARK, [MARK]: MARK }));
    return page(response, [...named, ...world.customers], cursor);
  }
  const fault = Object.hasOwn(FAULTS, customer) ? FAULTS[customer] : undefined;
  if (fault) return fault(response);
  const place = CUSTOMERS.indexOf(customer);
  if (listing === 'daily-aggregates') {
    if (place === CUSTOMERS.length - 1) return problem(response, 405);
    return page(response, aggregatesFor(shareOf(world.aggregates, place), url), cursor);
  }
  return page(response, shareOf(listing === 'hierarchy' ? world.hierarchy : world.deviceStates, place), cursor);
}

/** What a customer has of the documents; who is not known has none. */
function shareOf(documents: readonly unknown[], place: number): readonly unknown[] {
  return documents.filter((_, index) => index % CUSTOMERS.length === place);
}

/** The documents as answers to a question: what is right in them is made to fit it, what is not stays. */
function aggregatesFor(documents: readonly unknown[], { searchParams }: URL): readonly unknown[] {
  const asked = { metric: searchParams.get('metric'), date: searchParams.get('date') };
  return documents.map((document) => {
    if (typeof document !== 'object' || document === null || Array.isArray(document)) return document;
    const fitting = Object.entries(asked).filter(([name]) => {
      const value: unknown = Object.hasOwn(document, name) ? Reflect.get(document, name) : undefined;
      return typeof value === 'string' && !holdsCanary(value);
    });
    return { ...document, ...Object.fromEntries(fitting) };
  });
}

function deviceAggregate(world: CanaryWorld, url: URL, deviceId: string, response: ServerResponse): void {
  const number = Number(/\d+$/.exec(deviceId)?.[0] ?? 0);
  if (number % 3 === 0) return problem(response, 404);
  if (number % 11 === 0) return problem(response, 422);
  const [document] = aggregatesFor([world.aggregates[number % world.aggregates.length]], url);
  const isObject = typeof document === 'object' && document !== null && !Array.isArray(document);
  return sendJson(response, isObject ? { ...document, deviceId } : document);
}

function page(response: ServerResponse, items: readonly unknown[], start: number): void {
  const end = start + PAGE;
  const nextCursor = end < items.length ? `${MARK}@example.com ${String(end)}` : null;
  sendJson(response, { [MARK]: MARK, items: items.slice(start, end), nextCursor, total: MARK });
}

function problem(response: ServerResponse, status: number, more: Readonly<Record<string, string>> = {}): void {
  const document = { title: MARK, status, detail: `no ${MARK}`, instance: `/${MARK}`, [MARK]: [MARK] };
  send(response, status, JSON.stringify(document), { 'content-type': 'application/problem+json', ...more });
}

function sendJson(response: ServerResponse, document: unknown): void {
  send(response, 200, JSON.stringify(document));
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  more: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, `OK ${MARK}`, { ...headers(), ...more });
  response.end(body);
}

function headers(): Record<string, string> {
  return {
    'content-type': 'application/json',
    server: MARK,
    'set-cookie': `${MARK}=${MARK}`,
    etag: `"${MARK}"`,
    link: `<https://example.com/${MARK}>; rel=next`,
    'www-authenticate': `Bearer realm="${MARK}"`,
    [`x-${MARK}`]: MARK,
  };
}
