// Stands between the worker and the simulated fleet: asks the fleet for what it has not answered yet, and gives the same bytes to whoever
// asks again, so that what the fleet costs to compute is in no figure. Arguments: base URLs. Prints OVIS_SHARDS of its own.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { request } from 'undici';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Headers that belong to a connection and not to an answer. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'date',
]);

/** Asks for exactly what was asked here; the body stays compressed as it came. */
async function ask(base: string, incoming: IncomingMessage): Promise<Answer> {
  const { host: _, connection: __, ...headers } = incoming.headers;
  const method = incoming.method === 'POST' ? 'POST' : 'GET';
  const answer = await request(new URL(incoming.url ?? '/', base), {
    method,
    headers: Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [name, value] : [])),
    body: method === 'POST' ? await buffer(incoming) : null,
  });
  const kept = Object.entries(answer.headers).filter(
    ([name, value]) => typeof value === 'string' && !HOP_BY_HOP.has(name),
  );
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(kept) as Record<string, string>,
    body: await buffer(answer.body),
  };
}

async function startRecorder(base: string): Promise<string> {
  const answers = new Map<string, Answer>();
  const respond = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const key = `${incoming.method ?? ''} ${incoming.url ?? ''}`;
    const answer = answers.get(key) ?? (await ask(base, incoming));
    if (answer.status === 200) answers.set(key, answer);
    response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
    response.end(answer.body);
  };
  const server = createServer((incoming, response) => {
    respond(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

const urls = await Promise.all(process.argv.slice(2).map(startRecorder));
process.stdout.write(`OVIS_SHARDS=${urls.join(',')}\n`);
