import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

/** What a scripted server was asked. */
export interface ScriptedRequest {
  readonly method: string;
  /** Path without the query, still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Requests of the same path so far, this one included. */
  readonly count: number;
}

/** Answers one request by writing to the response. */
export type Script = (request: ScriptedRequest, response: ServerResponse) => unknown;

/** A local HTTP server that answers as a test says. */
export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  /** Host and port: the name that the client gives to the shard. */
  readonly name: string;
  /** Everything that was asked, in order of arrival. */
  readonly requests: readonly ScriptedRequest[];
  readonly logins: readonly ScriptedRequest[];
  readonly gets: readonly ScriptedRequest[];
  /** Requests being answered now, and the most there were at a time. */
  readonly running: { readonly now: number; readonly most: number };
  /** Connections that were opened. */
  readonly connections: number;
}

/** Answers a JSON document. */
export function json(response: ServerResponse, document: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
}

/** Answers a page. */
export function page(response: ServerResponse, items: readonly unknown[], nextCursor: string | null = null): void {
  json(response, { items, nextCursor });
}

/** Answers a problem document. */
export function problem(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
  response.end(JSON.stringify({ title: 'problem', status, detail: 'a detail of the server' }));
}

/** Gives out `token-1`, `token-2`, … that live for a quarter of an hour. */
export const acceptLogin: Script = (request, response) =>
  json(response, { accessToken: `token-${request.count}`, tokenType: 'Bearer', expiresIn: 900 });

/** Starts a server; `login` answers POSTs, `get` everything else. */
export async function startScriptedServer(get: Script, login: Script = acceptLogin): Promise<ScriptedServer> {
  const requests: ScriptedRequest[] = [];
  const running = { now: 0, most: 0 };
  let connections = 0;
  const server = createServer((incoming, response) => {
    running.now++;
    running.most = Math.max(running.most, running.now);
    response.on('close', () => running.now--);
    void readRequest(incoming, requests).then((request) => {
      requests.push(request);
      return request.method === 'POST' ? login(request, response) : get(request, response);
    });
  });
  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    name: `127.0.0.1:${port}`,
    requests,
    running,
    get connections() {
      return connections;
    },
    get logins() {
      return requests.filter((request) => request.method === 'POST');
    },
    get gets() {
      return requests.filter((request) => request.method === 'GET');
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readRequest(incoming: IncomingMessage, earlier: readonly ScriptedRequest[]): Promise<ScriptedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const [path = '', query = ''] = (incoming.url ?? '').split('?', 2);
  return {
    method: incoming.method ?? '',
    path,
    query: new URLSearchParams(query),
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString(),
    count: 1 + earlier.filter((request) => request.path === path).length,
  };
}
