import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { HttpSettings } from '../settings.ts';
import { Problem } from '../problem.ts';
import { isLocalHost, isSameSite } from './origin.ts';
import type { Login, Sessions } from './sessions.ts';

/** Who may use a route. `anybody`: also without a login. */
export type Access = 'anybody' | 'viewer' | 'operator';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Default: operator. */
    access?: Access;
  }
  interface FastifyRequest {
    /** Null without a login. */
    login: Login | null;
  }
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Sets, reads and ends sessions, and lets through who may use a route. */
export interface Guard {
  begin(reply: FastifyReply, session: { readonly token: string; readonly expiresAt: Date }): void;
  end(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Whether the session that a request came with goes on; true where nobody has to log in. */
  isStillLoggedIn(request: FastifyRequest): Promise<boolean>;
}

/** @param sessions null where nobody has to log in. */
export async function guard(app: FastifyInstance, settings: HttpSettings, sessions: Sessions | null): Promise<Guard> {
  await app.register(cookie);
  app.decorateRequest('login', null);
  const isSecure = !settings.isLoopback;
  // The prefix has browsers refuse the cookie from a sibling host or without TLS.
  const name = isSecure ? '__Host-ovis-session' : 'ovis-session';
  const attributes = { path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure } as const;
  app.addHook('onRequest', async (request) => {
    if (settings.isLoopback && !isLocalHost(request.headers.host)) throw new Problem('wrong-host');
    if (!SAFE_METHODS.has(request.method) && !isSameSite(request.headers)) throw new Problem('cross-site');
    const token = request.cookies[name];
    const access = request.is404 ? 'viewer' : (request.routeOptions.config.access ?? 'operator');
    // Health is told also while the database is away.
    if (sessions && token !== undefined && usesLogin(request, access)) request.login = await sessions.find(token);
    if (!sessions || access === 'anybody') return;
    if (!request.login) throw new Problem('login-required');
    if (access === 'operator' && request.login.role !== 'operator') throw new Problem('forbidden');
  });
  return {
    begin: (reply, { token, expiresAt }) => {
      reply.setCookie(name, token, { ...attributes, expires: expiresAt });
    },
    end: async (request, reply) => {
      const token = request.cookies[name];
      if (token !== undefined) await sessions?.end(token);
      reply.clearCookie(name, attributes);
    },
    isStillLoggedIn: async (request) => {
      const token = request.cookies[name];
      return sessions === null || (token !== undefined && (await sessions.find(token)) !== null);
    },
  };
}

/** Routes for anybody say nothing of who asks, but for the one that is asked just that. */
function usesLogin(request: FastifyRequest, access: Access): boolean {
  return access !== 'anybody' || (request.method === 'GET' && request.routeOptions.url === '/api/session');
}
