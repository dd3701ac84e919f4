import swagger from '@fastify/swagger';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import type { Api } from './api.ts';
import { PROBLEM_TYPE } from './problem.ts';

const transform = createJsonSchemaTransform({});
const withComponents = createJsonSchemaTransformObject({});

/** Has the description of the API made from the schemas of the routes that are added afterwards. */
export async function describeApi(app: Api): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'ovis scheduler',
        description: 'Runs, jobs and assets of the platform. Errors are problem documents (RFC 9457).',
        version: '1',
      },
      components: {
        securitySchemes: {
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'ovis-session',
            description:
              'Set by POST /api/session; `__Host-ovis-session` off loopback. Not needed where CONSOLE_USERS is not set.',
          },
        },
      },
    },
    transform,
    transformObject: (document) => withProblems(withComponents(document) as OpenAPIV3_1.Document) as never,
  });
  app.get(
    '/openapi.json',
    {
      config: { access: 'anybody' },
      schema: { hide: true },
    },
    (_request, reply) => reply.type('application/json').serializer(JSON.stringify).send(app.swagger()),
  );
}

const ALWAYS = { 400: 'The request is not as described', 503: 'The service cannot answer at the moment' };
const OF_API = { 401: 'A login is required, or it is wrong', 403: 'The role, the site or the host is wrong' };
const OF_ONE = { 404: 'There is no such thing' };
const OF_BODY = { 413: 'The body is too large', 415: 'The body must be application/json' };
const OF_QUESTION = { 422: 'This cannot be done' };
const OF_LOGIN = { 429: 'Too many requests' };

/** Every operation may end in problems that have nothing to do with what it does. */
function withProblems(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of ['get', 'post', 'delete'] as const) {
      const operation = item?.[method];
      if (!operation) continue;
      const isOfApi = path.startsWith('/api/');
      const problems: Readonly<Record<string, string>> = {
        ...ALWAYS,
        ...(isOfApi ? OF_API : {}),
        ...(path.includes('{') ? OF_ONE : {}),
        ...(method === 'get' ? {} : OF_BODY),
        ...(method === 'post' || path.endsWith('/intervals') ? OF_QUESTION : {}),
        ...(path === '/api/session' && method === 'post' ? OF_LOGIN : {}),
      };
      const answers = Object.entries(problems).map(([status, description]) => [status, problemAnswer(description)]);
      operation.responses = { ...Object.fromEntries(answers), ...operation.responses };
      if (isOfApi && path !== '/api/session') operation.security = [{}, { session: [] }];
    }
  }
  return withoutUnused(document);
}

/** Each schema is described as it is read and as it is written; most are only written. */
function withoutUnused(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const schemas = document.components?.schemas ?? {};
  const isUsed = (name: string): boolean => JSON.stringify(document.paths).includes(`"#/components/schemas/${name}"`);
  const used = Object.entries(schemas).filter(([name]) => !name.endsWith('Input') || isUsed(name));
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(used) } };
}

function problemAnswer(description: string): OpenAPIV3_1.ResponseObject {
  return { description, content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } } };
}
