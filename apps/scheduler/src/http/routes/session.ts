import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ApiContext } from '../api-context.ts';
import type { Guard } from '../auth/guard.ts';
import { Problem } from '../problem.ts';

const LOGINS_A_MINUTE = 10;

const sessionSchema = z
  .object({
    loginRequired: z.boolean(),
    name: z.string().nullable().describe('Who has logged in.'),
    role: z
      .enum(['viewer', 'operator'])
      .nullable()
      .describe('What may be done; null without a login where one is required.'),
  })
  .meta({ id: 'Session' });

/** Logging in and out. */
export function sessionRoutes(app: Api, { logins }: ApiContext, guard: Guard): void {
  app.get(
    '/api/session',
    {
      config: { access: 'anybody' },
      schema: {
        operationId: 'readSession',
        tags: ['session'],
        summary: 'Who has logged in',
        response: { 200: sessionSchema },
      },
    },
    ({ login }) =>
      Promise.resolve({
        loginRequired: logins !== null,
        name: login?.name ?? null,
        role: login?.role ?? (logins ? null : ('operator' as const)),
      }),
  );

  app.post(
    '/api/session',
    {
      config: {
        access: 'anybody',
        rateLimit: { max: LOGINS_A_MINUTE, timeWindow: 60_000 },
      },
      schema: {
        operationId: 'login',
        tags: ['session'],
        summary: 'Log in; the answer sets a cookie',
        body: z.strictObject({ name: z.string().min(1).max(64), password: z.string().min(1).max(256) }),
        response: { 200: sessionSchema },
      },
    },
    async ({ body }, reply) => {
      if (!logins) throw new Problem('cannot-be-done', 'nobody has to log in here: CONSOLE_USERS is not set');
      const user = await logins.passwords.check(body.name, body.password);
      if (user === 'busy') throw new Problem('too-many-requests');
      if (!user) throw new Problem('wrong-login');
      guard.begin(reply, logins.sessions.begin(user));
      return { loginRequired: true, name: user.name, role: user.role };
    },
  );

  app.delete(
    '/api/session',
    {
      config: { access: 'anybody' },
      schema: {
        operationId: 'logout',
        tags: ['session'],
        summary: 'Log out',
        response: { 204: z.null().describe('The cookie is cleared.') },
      },
    },
    async (request, reply) => {
      await guard.end(request, reply);
      return reply.code(204).send(null);
    },
  );
}
