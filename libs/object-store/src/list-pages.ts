import type { Client } from 'minio';
import { EndlessListingError, InvalidAnswerError, type RequestFacts } from './errors.ts';
import type { ListedObject } from './evaluation-folder.ts';
import { exchange, type Connection } from './exchange.ts';
import { observed, waitForRetry, type RetryContext } from './retry.ts';

type ListedPage = Awaited<ReturnType<Client['listObjectsV2Query']>>;

/**
 * The objects whose keys begin with `prefix`, page by page, in the order of their keys. A page that fails is asked for again;
 * those before it are not.
 *
 * @throws BucketError, or the signal's reason.
 */
export async function* listPages(
  connection: Connection,
  prefix: string,
  context: RetryContext,
): AsyncGenerator<readonly ListedObject[]> {
  const facts = factsOf(connection);
  const { maxListingPages } = connection.limits;
  let token = '';
  let lastKey: Buffer | null = null;
  for (let pages = 0; ; pages++) {
    if (pages >= maxListingPages) {
      const problem = `the listing has more than ${maxListingPages} pages; raise maxListingPages if that is right`;
      throw new EndlessListingError(facts, pages, problem);
    }
    const page = await fetchPage(connection, { prefix, token }, context);
    const objects = page.objects.flatMap((item) => (item.name === undefined ? [] : [listedObject(item, facts)]));
    lastKey = checkOrder(objects, lastKey, { facts, pages });
    yield objects;
    if (!page.isTruncated) return;
    token = nextToken(page, facts);
  }
}

function factsOf({ settings }: Connection): RequestFacts {
  const { host } = new URL(settings.endpoint);
  return { endpoint: host, bucket: settings.bucket, operation: 'list', key: null, attempt: 1 };
}

async function fetchPage(
  connection: Connection,
  { prefix, token }: { readonly prefix: string; readonly token: string },
  context: RetryContext,
): Promise<ListedPage> {
  const { events, signal } = context;
  for (let attempt = 1; ; attempt++) {
    const facts = { ...factsOf(connection), attempt };
    let bytes = 0;
    const checkBody = (body: Buffer): Buffer => {
      bytes = body.length;
      return checkListing(body, facts);
    };
    try {
      return await observed(facts, events, async () => {
        const result = await exchange(connection, { facts, signal, checkBody }, (client, bucket) =>
          client.listObjectsV2Query(bucket, prefix, token, '', 1000, ''),
        );
        return { result, bytes };
      });
    } catch (error) {
      await waitForRetry(error, attempt, context);
    }
  }
}

const UNUSABLE = 'the listing is no whole S3 document; check that S3_ENDPOINT is an S3 server, and try again later';

/**
 * Holds a listing's document to what the library's parser lets pass: half a document is as good to it as a whole one, and then
 * folders would be missed in silence. A key that its URL decoding would break on is emptied.
 */
function checkListing(body: Buffer, facts: RequestFacts): Buffer {
  const xml = body.toString();
  const whole = /^\s*(?:<\?xml[^>]*>\s*)?<ListBucketResult[\s>].*<\/ListBucketResult>\s*$/s.test(xml);
  if (!whole || !/<IsTruncated>(?:true|false)<\/IsTruncated>/.test(xml)) {
    throw new InvalidAnswerError(facts, 'invalid_listing', UNUSABLE);
  }
  const repaired = xml.replace(/<Key>([^<]*)<\/Key>/g, (element, key: string) =>
    isDecodable(key) ? element : '<Key></Key>',
  );
  return Buffer.from(repaired);
}

function isDecodable(key: string): boolean {
  try {
    decodeURIComponent(key);
    return true;
  } catch {
    return false;
  }
}

function listedObject(item: ListedPage['objects'][number], facts: RequestFacts): ListedObject {
  const { name: key = '', etag, size } = item;
  // The library's parser turns some texts into numbers.
  if (typeof key !== 'string' || typeof etag !== 'string' || !Number.isSafeInteger(size) || size < 0) {
    throw new InvalidAnswerError(facts, 'invalid_listing', UNUSABLE);
  }
  return { key, etag, size };
}

/**
 * Keys ascend by their UTF-8 bytes over a whole listing: else it may go round in circles, or a folder may be met twice.
 *
 * @returns the last key, for the next page.
 */
function checkOrder(
  objects: readonly ListedObject[],
  lastKey: Buffer | null,
  { facts, pages }: { readonly facts: RequestFacts; readonly pages: number },
): Buffer | null {
  let last = lastKey;
  for (const object of objects) {
    if (object.key === '') continue;
    const key = Buffer.from(object.key);
    if (last !== null && Buffer.compare(last, key) >= 0) {
      const problem = `the keys of page ${pages + 1} do not come after those before, so the listing may not end; report it to the store's owner`;
      throw new EndlessListingError(facts, pages, problem);
    }
    last = key;
  }
  return last;
}

function nextToken(page: ListedPage, facts: RequestFacts): string {
  // The library's parser makes a number of a token of digits.
  const token: unknown = page.nextContinuationToken;
  if (typeof token === 'number' && Number.isSafeInteger(token)) return String(token);
  if (typeof token !== 'string' || token === '' || token.length > 4096) {
    throw new InvalidAnswerError(facts, 'invalid_listing', UNUSABLE);
  }
  return token;
}
