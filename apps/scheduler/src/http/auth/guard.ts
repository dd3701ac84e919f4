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
  end(request: FastifyRequest, reply: FastifyReply): void;
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
    if (sessions && token !== undefined) request.login = sessions.find(token);
    const access = request.is404 ? 'viewer' : (request.routeOptions.config.access ?? 'operator');
    if (!sessions || access === 'anybody') return;
    if (!request.login) throw new Problem('login-required');
    if (access === 'operator' && request.login.role !== 'operator') throw new Problem('forbidden');
  });
  return {
    begin: (reply, { token, expiresAt }) => {
      reply.setCookie(name, token, { ...attributes, expires: expiresAt });
    },
    end: (request, reply) => {
      const token = request.cookies[name];
      if (token !== undefined) sessions?.end(token);
      reply.clearCookie(name, attributes);
    },
  };
}
