import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { canary } from '../documents/canary.ts';
import { HOUR } from '../world/time.ts';
import { hashText } from '../world/hash.ts';
import { gatewayAnswer, jsonAnswer, problemAnswer, type Answer } from './answer.ts';
import type { SimulatedClock } from './clock.ts';
import type { Counters } from './counters.ts';
import { Faults, type Fault, type RetryAfterForm } from './faults.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { ShardSettings } from './shard-settings.ts';
import { listen, type RunningServer } from './listen.ts';
import { readJson } from './read-json.ts';
import { send } from './send.ts';
import { createShardApi, type ShardApi } from './shard-api.ts';
import { Tokens } from './tokens.ts';

const LOGIN_PATH = '/api/v1/auth/login';
const BASE_PATH = '/api/v1/';

/** What a shard works with besides its settings. */
export interface ShardParts {
  readonly fleet: Fleet;
  readonly clock: SimulatedClock;
  readonly counters: Counters;
  /** Milliseconds since 1970: tokens and Retry-After are in real time. */
  readonly wallClock: () => number;
}

interface Shard extends ShardParts {
  readonly settings: ShardSettings;
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly api: ShardApi;
  logins: number;
}

/** Starts the HTTP server of one shard. */
export async function startShard(settings: ShardSettings, parts: ShardParts): Promise<RunningServer> {
  const shard: Shard = {
    ...parts,
    settings,
    tokens: new Tokens(settings.tokenLifetimeSeconds, parts.wallClock),
    faults: new Faults(`${settings.fleet.world.seed}/${settings.shard}`, settings.fleet.rates),
    api: createShardApi(parts.fleet, settings.shard),
    logins: 0,
  };
  const server = createServer((request, response) => {
    parts.counters.opened();
    response.once('close', () => parts.counters.closed());
    void serve(shard, request, response);
  });
  return listen(server, settings.host, settings.port);
}

async function serve(shard: Shard, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? '/';
  const answer = url === LOGIN_PATH ? await login(shard, request) : guarded(shard, request, url);
  if (shard.settings.latencyMs > 0) await sleep(shard.settings.latencyMs);
  const untidy = shard.settings.fleet.profile === 'untidy';
  const headers = untidy ? { ...answer.headers, 'x-served-for': canary('header', 'request') } : answer.headers;
  const preferred = untidy && (hashText(url) & 1) === 1 ? 'br' : 'gzip';
  send(request, response, headers === undefined ? answer : { ...answer, headers }, preferred);
}

async function login(shard: Shard, request: IncomingMessage): Promise<Answer> {
  if (request.method !== 'POST') return problemAnswer(405, 'log in with POST', { allow: 'POST' });
  const body = await readJson(request);
  const fault = shard.faults.next(`login ${shard.logins}`);
  // A login has no token that could have expired.
  if (fault !== null && fault.kind !== 'unauthorized') return faultAnswer(shard, fault);
  if (typeof body?.['username'] !== 'string' || typeof body['password'] !== 'string') {
    return problemAnswer(400, 'send a JSON object with the texts username and password');
  }
  const { username, password } = shard.settings.credentials;
  if (body['username'] !== username || body['password'] !== password) {
    return problemAnswer(401, 'unknown user or wrong password');
  }
  shard.logins++;
  shard.counters.loggedIn();
  const expiresIn = shard.settings.tokenLifetimeSeconds;
  return jsonAnswer({ accessToken: shard.tokens.issue(), tokenType: 'Bearer', expiresIn });
}

function guarded(shard: Shard, request: IncomingMessage, url: string): Answer {
  const authorization = request.headers.authorization;
  const unauthorized = problemAnswer(401, 'this shard does not know the token, or it has expired', {
    'www-authenticate': 'Bearer',
  });
  if (!shard.tokens.accepts(authorization)) return unauthorized;
  const time = Math.floor(shard.clock.now() / 1000);
  const fault = shard.faults.next(`${url} ${Math.floor(time / HOUR)}`);
  if (fault?.kind === 'unauthorized') {
    if (shard.tokens.withdraw(authorization)) {
      shard.counters.faulted();
      return unauthorized;
    }
  } else if (fault !== null && fault.kind !== 'cut') return faultAnswer(shard, fault);
  const answer = route(shard, request, url, time);
  if (fault?.kind !== 'cut') return answer;
  shard.counters.faulted();
  return { ...answer, cut: true };
}

function route(shard: Shard, request: IncomingMessage, url: string, time: number): Answer {
  const [path = '', query = ''] = url.split('?', 2);
  if (!path.startsWith(BASE_PATH)) return problemAnswer(404, 'there is nothing at this path');
  if (request.method !== 'GET') return problemAnswer(405, 'this can only be read', { allow: 'GET' });
  let segments: string[];
  try {
    segments = path.slice(BASE_PATH.length).split('/').map(decodeURIComponent);
  } catch {
    return problemAnswer(400, 'the path is not percent-encoded UTF-8');
  }
  return shard.api({ segments, query: new URLSearchParams(query), time });
}

function faultAnswer(shard: Shard, fault: Exclude<Fault, { kind: 'unauthorized' }>): Answer {
  shard.counters.faulted();
  if (fault.kind === 'gateway') return gatewayAnswer(fault.status, `upstream of ${canary('upstream', 'host')}`);
  if (fault.kind === 'cut') return { ...gatewayAnswer(503, 'this page is never complete'), cut: true };
  const detail = `try again later, says ${canary('operator', 'shard')}`;
  return problemAnswer(fault.status, detail, retryAfter(shard, fault.retryAfter));
}

function retryAfter(shard: Shard, form: RetryAfterForm): Record<string, string> {
  const seconds = shard.settings.retryAfterSeconds;
  if (form === 'none') return {};
  const date = new Date(shard.wallClock() + seconds * 1000).toUTCString();
  return { 'retry-after': form === 'date' ? date : String(seconds) };
}
