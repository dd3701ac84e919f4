import { z } from 'zod';
import type { Answer, Page } from './client.ts';
import { InvalidAnswerError, type RequestFacts } from './errors.ts';
import { isCursor } from './options.ts';
import { parseJson } from './parse-json.ts';

const pageSchema = z.object({
  // Items stay as they are: not even the array is copied.
  items: z.custom<readonly unknown[]>((value) => Array.isArray(value), { error: 'expected array' }),
  nextCursor: z.string().refine(isCursor).nullable(),
});

const loginSchema = z.object({
  // What may stand in an Authorization header.
  accessToken: z
    .string()
    .max(16_384)
    .regex(/^[\x21-\x7e]+$/),
  tokenType: z
    .string()
    .regex(/^bearer$/i)
    .nullish(),
  expiresIn: z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d+(?:\.\d+)?$/)
        .transform(Number),
    ])
    .pipe(z.number().min(0)),
});

/** A body as it was read. */
export interface AnswerBody {
  readonly text: string;
  /** Bytes after decompression. */
  readonly bytes: number;
}

/**
 * Reads a page's envelope; the items stay unchecked.
 * @throws {InvalidAnswerError} `invalid_json`, `invalid_page`, `page_too_large`.
 */
export function readPage(body: AnswerBody, cursor: string | null, maxItems: number, facts: RequestFacts): Page {
  const result = pageSchema.safeParse(parseBody(body, facts));
  if (!result.success) {
    throw new InvalidAnswerError(
      facts,
      'invalid_page',
      `the page does not match the contract at ${paths(result.error)}`,
    );
  }
  const { items, nextCursor } = result.data;
  if (items.length > maxItems) {
    throw new InvalidAnswerError(
      facts,
      'page_too_large',
      `the page holds ${items.length} items, at most ${maxItems} are accepted; raise maxItemsPerPage if that is right`,
    );
  }
  return { cursor, items, nextCursor, bytes: body.bytes };
}

/**
 * Reads one device's aggregate, unchecked but for being an object.
 * @throws {InvalidAnswerError} `invalid_json`, `invalid_aggregate`.
 */
export function readAggregate(body: AnswerBody, facts: RequestFacts): Answer {
  const item = parseBody(body, facts);
  if (typeof item === 'object' && item !== null && !Array.isArray(item)) return { item, bytes: body.bytes };
  throw new InvalidAnswerError(facts, 'invalid_aggregate', 'the answer is no JSON object');
}

/** A login's answer. */
export interface LoginAnswer {
  readonly accessToken: string;
  readonly lifetimeMs: number;
}

/**
 * Reads a login's answer.
 * @throws {InvalidAnswerError} `invalid_json`, `invalid_login`.
 */
export function readLogin(body: AnswerBody, facts: RequestFacts): LoginAnswer {
  const result = loginSchema.safeParse(parseBody(body, facts));
  if (!result.success) {
    throw new InvalidAnswerError(
      facts,
      'invalid_login',
      `the login does not match the contract at ${paths(result.error)}`,
    );
  }
  return { accessToken: result.data.accessToken, lifetimeMs: result.data.expiresIn * 1000 };
}

function parseBody(body: AnswerBody, facts: RequestFacts): unknown {
  try {
    return parseJson(body.text);
  } catch {
    // Without its cause: V8 quotes the text.
    throw new InvalidAnswerError(
      facts,
      'invalid_json',
      `the body of ${body.bytes} bytes is no complete JSON; try again later`,
    );
  }
}

/** Names of the envelope's own fields only: nothing of what the shard sent. */
function paths(error: z.ZodError): string {
  return [...new Set(error.issues.map((issue) => String(issue.path[0] ?? 'its top level')))].join(', ');
}
