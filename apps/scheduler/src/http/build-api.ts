import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Api } from './api.ts';
import type { ApiContext } from './api-context.ts';
import { guard } from './auth/guard.ts';
import { methodsByPath } from './methods-by-path.ts';
import { describeApi } from './openapi.ts';
import { Problem, problemHandler, PROBLEM_TYPE, sendProblem } from './problem.ts';
import { assetRoutes } from './routes/assets.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { jobRoutes } from './routes/jobs.ts';
import { changeRunRoutes, readRunRoutes } from './routes/runs.ts';
import { sessionRoutes } from './routes/session.ts';
import type { HttpSettings } from './settings.ts';

const LARGEST_BODY_BYTES = 16_384;
const REQUEST_TIMEOUT_MS = 30_000;

/** What the server is made from. */
export interface ApiOptions {
  readonly context: ApiContext;
  readonly settings: HttpSettings;
  /** What nobody expected. @param route its pattern. */
  readonly onUnexpected: (error: unknown, route: string) => void;
  /** Ends the event streams. */
  readonly stopping: AbortSignal;
}

/** Builds the server; it does not listen yet. */
export async function buildApi({ context, settings, onUnexpected, stopping }: ApiOptions): Promise<Api> {
  const badRequest = new Problem('invalid-request');
  const app = fastify({
    logger: false,
    bodyLimit: LARGEST_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    frameworkErrors: (_error, _request, reply) => {
      sendProblem(reply, badRequest);
    },
    clientErrorHandler: (_error, socket) => {
      if (!socket.writable) return;
      const body = JSON.stringify(badRequest.document());
      const length = String(Buffer.byteLength(body));
      socket.end(
        `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${length}\r\n\r\n${body}`,
      );
    },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler(problemHandler(onUnexpected));
  measure(app, context);
  await protect(app, settings);
  const guarding = await guard(app, settings, context.logins?.sessions ?? null);
  const methods = methodsByPath(app);
  const refuse = ({ url }: { readonly url: string }): never => {
    const allowed = methods(url);
    throw allowed.length === 0
      ? new Problem('not-found')
      : new Problem('method-not-allowed', undefined, { allowed: [...allowed] });
  };
  app.setNotFoundHandler(refuse);
  // Before anything is said about a body that nobody wants.
  app.addHook('onRequest', async (request) => {
    if (request.is404) refuse(request);
  });
  const api: Api = app.withTypeProvider();
  await describeApi(api);
  // Routes are described, and bound to what was registered before, once that is loaded.
  api.after(() => {
    readRunRoutes(api, context);
    changeRunRoutes(api, context);
    eventRoutes(api, context, { stopping, guard: guarding });
    jobRoutes(api, context);
    assetRoutes(api, context);
    sessionRoutes(api, context, guarding);
    healthRoutes(api, context);
  });
  return api;
}

async function protect(app: FastifyInstance, settings: HttpSettings): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: settings.isLoopback ? false : { maxAge: 31_536_000 },
  });
  await app.register(rateLimit, {
    global: false,
    errorResponseBuilder: () => new Problem('too-many-requests', 'wait as long as Retry-After says'),
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    done();
  });
}

function measure(app: FastifyInstance, { metrics }: ApiContext): void {
  app.addHook('onResponse', (request, reply, done) => {
    metrics.onAnswer({
      route: request.routeOptions.url ?? 'none',
      method: request.is404 ? 'ANY' : request.method,
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
    });
    done();
  });
}
