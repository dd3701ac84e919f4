import { isTransient } from '@ovis/foundation';
import { UsageError } from '@ovis/orchestrator';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/** A problem document: https://www.rfc-editor.org/rfc/rfc9457. Of the request it names fields, and nothing else. */
export const problemSchema = z
  .object({
    type: z.string().describe('Which kind of problem: a URN that stays the same.'),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional().describe('What to do.'),
    fields: z
      .array(
        z.object({
          in: z.enum(['path', 'query', 'headers', 'body']),
          field: z.string(),
          code: z.string().describe('What is wrong with it, such as invalid_format.'),
        }),
      )
      .optional()
      .describe('The fields of the request that are wrong.'),
    allowed: z.array(z.string()).optional().describe('Methods that the path has.'),
  })
  .meta({ id: 'Problem', description: 'A problem document, as in RFC 9457.' });

export type ProblemDocument = z.output<typeof problemSchema>;

const TITLES = {
  'invalid-request': [400, 'The request is not as the API describes it'],
  'login-required': [401, 'A login is required'],
  'wrong-login': [401, 'Name or password is wrong'],
  'cross-site': [403, 'The request comes from another site'],
  'wrong-host': [403, 'The request names another host'],
  forbidden: [403, 'The role does not allow this'],
  'not-found': [404, 'There is no such thing'],
  'method-not-allowed': [405, 'The path does not have this method'],
  'too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The body must be application/json'],
  'cannot-be-done': [422, 'This cannot be done'],
  'too-many-requests': [429, 'Too many requests'],
  internal: [500, 'Something unexpected happened; the log of the scheduler has it'],
  unavailable: [503, 'The service cannot answer at the moment'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof TITLES;

/** Ends a request with a problem document. Its detail must not repeat what was sent. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly detail: string | undefined;
  readonly extra: Partial<Pick<ProblemDocument, 'fields' | 'allowed'>>;

  constructor(
    code: ProblemCode,
    detail?: string,
    extra: Partial<Pick<ProblemDocument, 'fields' | 'allowed'>> = {},
    options?: ErrorOptions,
  ) {
    super(detail ?? TITLES[code][1], options);
    this.code = code;
    this.detail = detail;
    this.extra = extra;
  }

  get status(): number {
    return TITLES[this.code][0];
  }

  document(): ProblemDocument {
    const [status, title] = TITLES[this.code];
    const type = `urn:ovis:problem:${this.code}`;
    return { type, title, status, ...(this.detail === undefined ? {} : { detail: this.detail }), ...this.extra };
  }
}

export const PROBLEM_TYPE = 'application/problem+json';

/** A problem that some requests meet, for the description of the API. */
export function problemResponse(description: string): {
  readonly description: string;
  readonly content: Readonly<Record<typeof PROBLEM_TYPE, { readonly schema: typeof problemSchema }>>;
} {
  return { description, content: { [PROBLEM_TYPE]: { schema: problemSchema } } };
}

/** Finds the problem document for whatever ended a request. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof UsageError) return new Problem('cannot-be-done', error.message);
  if (isFastifyError(error)) return fastifyProblem(error);
  if (isTransient(error) || isDatabaseAway(error)) {
    return new Problem('unavailable', 'the database does not answer; ask again in a few seconds', {}, { cause: error });
  }
  return new Problem('internal', undefined, {}, { cause: error });
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.code === 'unavailable' && !reply.hasHeader('retry-after')) reply.header('retry-after', '5');
  if (problem.extra.allowed) reply.header('allow', problem.extra.allowed.join(', '));
  // A string, so that no schema of the route is asked.
  return reply.code(problem.status).type(PROBLEM_TYPE).serializer(String).send(JSON.stringify(problem.document()));
}

/** Answers every error; what nobody expected is told to `onUnexpected`. */
export function problemHandler(
  onUnexpected: (error: unknown, route: string) => void,
): (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  return (error, request, reply) => {
    const problem = problemOf(error);
    if (problem.code === 'internal') onUnexpected(problem.cause, request.routeOptions.url ?? 'unknown route');
    return sendProblem(reply, problem);
  };
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('FST_');
}

function fastifyProblem(error: FastifyError): Problem {
  if (error.validation) return invalidRequest(error);
  const code = FRAMEWORK_CODES.get(error.statusCode ?? 500);
  return code === undefined ? new Problem('internal', undefined, {}, { cause: error }) : new Problem(code);
}

const FRAMEWORK_CODES: ReadonlyMap<number, ProblemCode> = new Map([
  [400, 'invalid-request'],
  [413, 'too-large'],
  [414, 'invalid-request'],
  [415, 'unsupported-media-type'],
  [431, 'invalid-request'],
  [503, 'unavailable'],
]);

const PLACES = { params: 'path', querystring: 'query', headers: 'headers', body: 'body' } as const;
const MOST_FIELDS = 20;
const FIELD = /^[A-Za-z0-9_.-]{1,64}$/;

function invalidRequest(error: FastifyError): Problem {
  const place = PLACES[(error.validationContext ?? 'body') as keyof typeof PLACES];
  const fields = (error.validation ?? []).flatMap(({ instancePath, keyword, params }) => {
    const path = instancePath.replace(/^\//, '').replaceAll('/', '.');
    const unknown = keyword === 'unrecognized_keys' && Array.isArray(params['keys']) ? params['keys'] : null;
    const named = unknown ? unknown.map((key) => [path, String(key)].filter(Boolean).join('.')) : [path];
    return named.map((name) => ({ in: place, field: FIELD.test(name) ? name : '?', code: keyword }));
  });
  const once = [...new Map(fields.map((one) => [one.field, one])).values()];
  return new Problem('invalid-request', undefined, { fields: once.slice(0, MOST_FIELDS) });
}

/** SQLSTATE classes 08, 53 and 57, and what the driver and the network say: a server that is away, full or starting. */
const AWAY = /^(?:08|53|57)[0-9A-Z]{3}$|^(?:ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)$/;

function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  if ('code' in error && typeof error.code === 'string') return AWAY.test(error.code);
  // The driver gives these no code.
  return /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/.test(
    error.message,
  );
}
