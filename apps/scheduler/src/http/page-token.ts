import { z } from 'zod';
import { Problem } from './problem.ts';

/** Where a list goes on, as a token that a client hands back as it is. */
export function pageToken(position: Readonly<Record<string, string>>): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * Reads a token of `pageToken`.
 *
 * @throws Problem unless it is one of this list.
 */
export function parsePageToken<Position>(token: string, schema: z.ZodType<Position>): Position {
  const parsed = schema.safeParse(parseJson(Buffer.from(token, 'base64url').toString()));
  if (parsed.success) return parsed.data;
  throw new Problem('invalid-request', undefined, {
    fields: [{ in: 'query', field: 'cursor', code: 'invalid_format' }],
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** One page of a list. */
export function page<Entry extends z.ZodType>(
  entry: Entry,
): z.ZodObject<{ entries: z.ZodArray<Entry>; next: z.ZodNullable<z.ZodString> }> {
  return z.object({
    entries: z.array(entry),
    next: z.string().nullable().describe('`cursor` of the next page; null on the last one.'),
  });
}

/**
 * Makes a page from one entry more than fits on it.
 *
 * @param position of the last entry on the page.
 */
export function pageOf<Entry>(
  found: readonly Entry[],
  limit: number,
  position: (last: Entry) => Readonly<Record<string, string>>,
): { entries: Entry[]; next: string | null } {
  const entries = found.slice(0, limit);
  const last = entries.at(-1);
  return { entries, next: found.length > limit && last !== undefined ? pageToken(position(last)) : null };
}
